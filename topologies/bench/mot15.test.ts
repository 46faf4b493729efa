import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSequences, scoreTracks, trackSequence } from './mot15.ts';

const data = join(import.meta.dirname, '../../../shared/data/mot15');

test.runIf(existsSync(data))(
  'tracks the six MOT15 sequences better than every peer, with one setting',
  async () => {
    const sequences = await readSequences(data);
    expect(sequences.map(({ frameCount }) => frameCount)).toEqual([525, 1000, 837, 145, 795, 71]);
    const tracked = [];
    for (const sequence of sequences) tracked.push(await trackSequence(sequence));
    for (const answer of ['replayed', 'immediate'] as const) {
      const score = scoreTracks(sequences, tracked, answer);
      expect(score.hota).toBeGreaterThan(0.405);
      expect(score.idf1).toBeGreaterThan(0.545);
      expect(score.mota).toBeGreaterThan(0.452);
    }
  },
);

test('no sequences score 0', () => {
  expect(scoreTracks([], [], 'immediate')).toEqual({ hota: 0, mota: 0, idf1: 0, idSwitches: 0 });
});
