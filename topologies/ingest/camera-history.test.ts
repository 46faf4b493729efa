import { describe, expect, it } from 'vitest';
import type { ConfigRecord } from '#schemas';
import { createCameraHistory } from './camera-history.ts';

const version = (number: number, deleted = false, kind = 'camera'): ConfigRecord => ({
  kind,
  id: 'door',
  version: number,
  effectiveFromUs: 0,
  deleted,
  camera: null,
  site: null,
});

describe('camera history', () => {
  it.each<[string, ConfigRecord[], boolean]>([
    ['a new camera', [version(1)], false],
    ['a camera that was changed', [version(1), version(2), version(3)], false],
    ['a camera that was deleted', [version(1), version(2, true)], true],
    ['an id used again', [version(1), version(2, true), version(3)], true],
    ['an id whose first versions are gone', [version(4)], true],
    ['a site of the same id', [version(4, true, 'site')], false],
  ])('%s', (_, records, used) => {
    const history = createCameraHistory();
    for (const record of records) history.note(record);
    expect(history.idUsedBefore('door')).toBe(used);
  });
});
