import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MotSequence } from './mot15.ts';

/** One line of trackers_mot15.py. */
export interface PeerScore {
  readonly name: string;
  readonly framesPerSecond: number;
  readonly hota: number;
  readonly mota: number;
  readonly idf1: number;
  readonly idSwitches: number;
}

const execute = promisify(execFile);

/** True when this Python has the packages of the peers. */
export const hasPeers = async (python: string): Promise<boolean> =>
  execute(python, ['-c', 'import trackers, supervision']).then(
    () => true,
    () => false,
  );

/** `ByteTrackTracker frames/s 4098 {"HOTA": 0.385, …}` → figures. */
const parse = (line: string): PeerScore[] => {
  const match = /^(\w+) frames\/s (\d+) (\{.*\})$/.exec(line.trim());
  if (!match) return [];
  const figures = JSON.parse(match[3] ?? '{}') as Record<'HOTA' | 'MOTA' | 'IDF1' | 'IDSW', number>;
  return [
    {
      name: (match[1] ?? '').replace(/Tracker$/, ''),
      framesPerSecond: Number(match[2]),
      hota: figures.HOTA,
      mota: figures.MOTA,
      idf1: figures.IDF1,
      idSwitches: figures.IDSW,
    },
  ];
};

/** A copy of the sequences with ground truth in the form the peers' evaluator wants; see peers/README.md. */
const writeForPeers = async (
  folder: string,
  data: string,
  sequences: readonly MotSequence[],
): Promise<void> => {
  for (const { name, truth } of sequences) {
    await mkdir(join(folder, name, 'gt'), { recursive: true });
    await cp(join(data, name, 'seqinfo.ini'), join(folder, name, 'seqinfo.ini'));
    await cp(join(data, name, 'det'), join(folder, name, 'det'), { recursive: true });
    const rows = truth
      .flat()
      .map(({ frame, id, x, y, width, height }) => [frame, id, x, y, width, height, 1, 1, 1].join(','));
    await writeFile(join(folder, name, 'gt/gt.txt'), `${rows.join('\n')}\n`);
  }
};

export interface Peers {
  /** Runs every tracker of the package once over all sequences. */
  run(): Promise<PeerScore[]>;
  close(): Promise<void>;
}

/** The trackers of the `trackers` package on the same detections. */
export const openPeers = async (
  python: string,
  program: string,
  data: string,
  sequences: readonly MotSequence[],
): Promise<Peers> => {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-peers-'));
  await writeForPeers(join(folder, 'data'), data, sequences);
  return {
    async run() {
      const { stdout } = await execute(python, [program, 'run', join(folder, 'data'), join(folder, 'out')]);
      return stdout.split('\n').flatMap(parse);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
