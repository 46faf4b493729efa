import { describe, expect, it } from 'vitest';
import type { FrameRecord, TrackRecord } from '#schemas';
import { createPairing } from './pairing.ts';

const frame = (capturedAtUs: number, bytes = 10): FrameRecord => ({
  kind: 'frame',
  cameraId: 'door',
  runId: 'run',
  runEpoch: 1,
  sequence: capturedAtUs,
  capturedAtUs,
  live: true,
  frame: {
    encoding: 'jpeg',
    width: 4,
    height: 4,
    sourceWidth: 4,
    sourceHeight: 4,
    fps: 10,
    decodedAtUs: 0,
    data: new Uint8Array(bytes),
  },
  ended: null,
});
const boxes = (capturedAtUs: number): TrackRecord => ({
  kind: 'frame',
  cameraId: 'door',
  runId: 'run',
  runEpoch: 1,
  sequence: capturedAtUs,
  capturedAtUs,
  live: true,
  late: false,
  frame: {
    width: 4,
    height: 4,
    fps: 10,
    modelId: 'm',
    stamps: { decodedAtUs: 0, inferStartedAtUs: 0, inferredAtUs: 0 },
    tracks: [],
  },
  endedTrackIds: [],
  ended: null,
});
const options = { picturesMax: 3, bytesMax: 100, bareAfterMs: 1000 };
const said = (pair: ReturnType<ReturnType<typeof createPairing>['boxes']>): unknown =>
  pair && [pair.frame.capturedAtUs, pair.boxes?.capturedAtUs ?? null];

describe('pictures and boxes', () => {
  it('go together when they are of the same frame', () => {
    const pairing = createPairing(options);
    expect(pairing.picture(frame(1), 0)).toBeUndefined();
    expect(pairing.picture(frame(2), 0)).toBeUndefined();
    expect(said(pairing.boxes(boxes(1), 10))).toEqual([1, 1]);
    expect(said(pairing.boxes(boxes(2), 20))).toEqual([2, 2]);
    expect(pairing.dropped()).toBe(0);
  });

  it('lets pictures go that the detector passed over', () => {
    const pairing = createPairing(options);
    for (const at of [1, 2, 3]) pairing.picture(frame(at), 0);
    expect(said(pairing.boxes(boxes(3), 10))).toEqual([3, 3]);
    expect(pairing.dropped()).toBe(2);
    expect(pairing.boxes(boxes(2), 10)).toBeUndefined();
  });

  it('waits for the picture when boxes are read first', () => {
    const pairing = createPairing(options);
    expect(pairing.boxes(boxes(5), 0)).toBeUndefined();
    expect(said(pairing.picture(frame(5), 1))).toEqual([5, 5]);
  });

  it('never puts boxes of another run on a picture', () => {
    const pairing = createPairing(options);
    pairing.picture({ ...frame(1), runId: 'other' }, 0);
    expect(pairing.boxes(boxes(1), 1)).toBeUndefined();
  });

  it('shows bare pictures while no boxes come, and pairs again when they do', () => {
    const pairing = createPairing(options);
    expect(pairing.picture(frame(1), 0)).toBeUndefined();
    expect(said(pairing.picture(frame(2), 1_001))).toEqual([2, null]);
    pairing.boxes(boxes(2), 1_100);
    expect(pairing.picture(frame(3), 1_200)).toBeUndefined();
    expect(said(pairing.boxes(boxes(3), 1_300))).toEqual([3, 3]);
  });

  it('gives the last picture of a camera that fell silent, bare', () => {
    const pairing = createPairing(options);
    pairing.picture(frame(1), 0);
    expect(pairing.overdue(500)).toBeUndefined();
    expect(said(pairing.overdue(1_000))).toEqual([1, null]);
    expect(pairing.overdue(2_000)).toBeUndefined();
  });

  it.each([
    ['number', 10, 4],
    ['bytes', 40, 3],
  ])('keeps within its bound on the %s of pictures, oldest first', (_, bytes, count) => {
    const pairing = createPairing(options);
    for (let at = 1; at <= count; at++) pairing.picture(frame(at, bytes), 0);
    expect(pairing.dropped()).toBe(1);
    expect(pairing.boxes(boxes(1), 1)).toBeUndefined();
    expect(said(pairing.boxes(boxes(2), 1))).toEqual([2, 2]);
  });
});
