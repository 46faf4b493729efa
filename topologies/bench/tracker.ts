import { join } from 'node:path';
import { median } from './bench.ts';
import type { Bench, BenchFigure } from './bench.ts';
import { readSequences, scoreTracks, trackSequence } from './mot15.ts';
import type { MotSequence, TrackedSequence } from './mot15.ts';
import { hasPeers, openPeers } from './peer-trackers.ts';
import type { PeerScore } from './peer-trackers.ts';

/** All sequences once: what was tracked, and frames a second of `track` alone. */
const runOurs = async (
  sequences: readonly MotSequence[],
): Promise<{ tracked: TrackedSequence[]; framesPerSecond: number }> => {
  const tracked: TrackedSequence[] = [];
  for (const sequence of sequences) tracked.push(await trackSequence(sequence));
  const spentMs = tracked.reduce((sum, part) => sum + part.spentMs, 0);
  const frames = sequences.reduce((sum, { records }) => sum + records.length, 0);
  return { tracked, framesPerSecond: (frames * 1000) / spentMs };
};

/** Scores seen when the peers were last run on these files (peers/README.md), for when they are not installed. */
const bestPeerKnown = { hota: 0.395, mota: 0.452, idf1: 0.532 } as const;

const bestOf = (peers: readonly PeerScore[], key: 'hota' | 'mota' | 'idf1'): number =>
  Math.max(...peers.map((peer) => peer[key]));

/**
 * `track` on the six MOT15 sequences: speed beside ByteTrack of the `trackers` package in alternating runs, and
 * quality beside the best of its trackers, figure by figure.
 */
export const bench: Bench = async function* (context) {
  const data = join(context.dataDir, 'mot15');
  const sequences = await readSequences(data);
  const isInstalled = await hasPeers(context.python);
  if (!isInstalled)
    context.log(`tracker: ${context.python} has no "trackers"; scores are compared with the known ones`);
  const peers = isInstalled
    ? await openPeers(context.python, join(context.peersDir, 'trackers_mot15.py'), data, sequences)
    : null;
  let scores: PeerScore[] = [];
  const [ours, byteTrack]: [number[], number[]] = [[], []];
  let { tracked } = await runOurs(sequences);
  try {
    for (let round = 0; round < context.rounds; round++) {
      const run = await runOurs(sequences);
      ours.push(run.framesPerSecond);
      tracked = run.tracked;
      if (peers) scores = await peers.run();
      byteTrack.push(
        ...scores.filter(({ name }) => name === 'ByteTrack').map(({ framesPerSecond }) => framesPerSecond),
      );
      context.log(
        `tracker: round ${round + 1} of ${context.rounds}: ${Math.round(run.framesPerSecond)} frames/s`,
      );
    }
  } finally {
    await peers?.close();
  }
  const reference = byteTrack.length > 0 ? median(byteTrack) : null;
  const value = median(ours);
  yield {
    name: 'tracker.speed',
    value,
    unit: 'frames/s',
    reference,
    ratio: reference && value / reference,
    note: reference ? 'ByteTrack of the trackers package' : 'the trackers package is not installed',
  };
  for (const answer of ['replayed', 'immediate'] as const) {
    const score = scoreTracks(sequences, tracked, answer);
    for (const key of ['hota', 'idf1', 'mota'] as const) {
      const best = scores.length > 0 ? bestOf(scores, key) : bestPeerKnown[key];
      const figure: BenchFigure = {
        name: `tracker.${key}.${answer}`,
        value: score[key],
        unit: 'share',
        reference: best,
        ratio: score[key] / best,
        note: scores.length > 0 ? 'the best of the peers in this run' : 'the best peer of peers/README.md',
      };
      yield figure;
    }
  }
};
