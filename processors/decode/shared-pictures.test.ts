import { describe, expect, it } from 'vitest';
import { closeSharedMemory, createSharedPictures, openSharedMemory, takePicture } from './shared-pictures.ts';

const memory = openSharedMemory();
const picture = (value: number, bytes = 100_000): Uint8Array => new Uint8Array(bytes).fill(value);

describe.skipIf(memory === undefined)('pictures in shared memory', () => {
  it('are read as they were put, and their place is used again once taken', () => {
    const shared = createSharedPictures(memory as number);
    const first = shared.put(picture(1));
    const second = shared.put(picture(2));
    expect(first && takePicture(memory as number, first)).toEqual(Buffer.from(picture(1)));
    shared.taken(1);
    const third = shared.put(picture(3));
    expect(third?.offset).toBe(first?.offset);
    expect(second && takePicture(memory as number, second)).toEqual(Buffer.from(picture(2)));
    expect(third && takePicture(memory as number, third)).toEqual(Buffer.from(picture(3)));
  });

  it('go through the pipe when they are small, or when there is no room', () => {
    const shared = createSharedPictures(memory as number);
    expect(shared.put(picture(1, 1000))).toBeUndefined();
    const regions = Array.from({ length: 5 }, () => shared.put(picture(1, 10_000_000)));
    expect(regions.map((region) => region !== undefined)).toEqual([true, true, true, false, false]);
    shared.taken(3);
    expect(shared.put(picture(1, 20_000_000))).toBeDefined();
  });

  it('go through the pipe when the memory is gone', () => {
    const gone = openSharedMemory() as number;
    closeSharedMemory(gone);
    expect(createSharedPictures(gone).put(picture(1))).toBeUndefined();
  });
});
