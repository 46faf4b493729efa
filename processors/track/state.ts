import { Buffer } from 'node:buffer';
import avro from 'avsc';
import type { StateCodec } from '#processor';
import { motionLength } from './motion.ts';

/** Summed confidence of the observations of one class. */
export interface ClassVote {
  classId: number;
  className: string;
  weight: number;
}

/** One object followed over time. Changes only when it is seen; between, its place is predicted from here. */
export interface TrackedObject {
  /** Counts from 1 for each camera; its decimal form is the track id. */
  trackNumber: number;
  confirmed: boolean;
  observations: number;
  firstSeenAtUs: number;
  lastSeenAtUs: number;
  /** Filter state at lastSeenAtUs; see motion.ts for its layout. */
  motion: Float64Array;
  /** At most `votesMax`, in order of appearance. */
  votes: ClassVote[];
}

/** The run that is followed. */
export interface FollowedRun {
  runId: string;
  runEpoch: number;
  /** Highest sequence seen; -1 before the first. */
  sequence: number;
  /** Interval of frames the run aims at, microseconds. */
  intervalUs: number;
  ended: boolean;
}

/** All that `track` remembers about one camera. */
export interface TrackState {
  nextTrackNumber: number;
  /** See confidence.ts. */
  typicalConfidence: number;
  run: FollowedRun | null;
  /** By rising trackNumber; at most `tracksMax`. */
  tracks: TrackedObject[];
}

export const votesMax = 3;

/** First byte of the encoding; a change of layout raises it. */
const layoutVersion = 1;

const layout = avro.Type.forSchema({
  type: 'record',
  name: 'TrackState',
  fields: [
    { name: 'nextTrackNumber', type: 'long' },
    { name: 'typicalConfidence', type: 'double' },
    {
      name: 'run',
      type: [
        'null',
        {
          type: 'record',
          name: 'FollowedRun',
          fields: [
            { name: 'runId', type: 'string' },
            { name: 'runEpoch', type: 'long' },
            { name: 'sequence', type: 'long' },
            { name: 'intervalUs', type: 'long' },
            { name: 'ended', type: 'boolean' },
          ],
        },
      ],
    },
    { name: 'classNames', type: { type: 'array', items: 'string' } },
    {
      name: 'tracks',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'TrackedObject',
          fields: [
            { name: 'trackNumber', type: 'long' },
            { name: 'confirmed', type: 'boolean' },
            { name: 'observations', type: 'long' },
            { name: 'firstSeenAtUs', type: 'long' },
            { name: 'lastSeenAtUs', type: 'long' },
            { name: 'motion', type: { type: 'fixed', name: 'Motion', size: motionLength * 8 } },
            {
              name: 'votes',
              type: {
                type: 'array',
                items: {
                  type: 'record',
                  name: 'ClassVote',
                  fields: [
                    { name: 'classId', type: 'int' },
                    { name: 'nameIndex', type: 'int' },
                    { name: 'weight', type: 'double' },
                  ],
                },
              },
            },
          ],
        },
      },
    },
  ],
} as avro.Schema);

/** The record as it is written: class names once, filter states as 64-bit floats, little-endian as every machine is that runs Node. */
interface WrittenState {
  nextTrackNumber: number;
  typicalConfidence: number;
  run: FollowedRun | null;
  classNames: string[];
  tracks: (Omit<TrackedObject, 'motion' | 'votes'> & {
    motion: Buffer;
    votes: { classId: number; nameIndex: number; weight: number }[];
  })[];
}

const written = (state: TrackState): WrittenState => {
  const classNames: string[] = [];
  const indexOf = (name: string): number => {
    const known = classNames.indexOf(name);
    return known >= 0 ? known : classNames.push(name) - 1;
  };
  const tracks = state.tracks.map((track) => {
    const { buffer, byteOffset, byteLength } = track.motion;
    const motion = Buffer.from(buffer, byteOffset, byteLength);
    const votes = track.votes.map(({ classId, className, weight }) => ({
      classId,
      nameIndex: indexOf(className),
      weight,
    }));
    return { ...track, motion, votes };
  });
  return { ...state, classNames, tracks };
};

const revived = (state: WrittenState): TrackState => ({
  nextTrackNumber: state.nextTrackNumber,
  typicalConfidence: state.typicalConfidence,
  run: state.run && { ...state.run },
  tracks: state.tracks.map((track) => ({
    trackNumber: track.trackNumber,
    confirmed: track.confirmed,
    observations: track.observations,
    firstSeenAtUs: track.firstSeenAtUs,
    lastSeenAtUs: track.lastSeenAtUs,
    motion: new Float64Array(Uint8Array.from(track.motion).buffer),
    votes: track.votes.map(({ classId, nameIndex, weight }) => ({
      classId,
      className: state.classNames[nameIndex] ?? '',
      weight,
    })),
  })),
});

/** Exact: every float comes back bit for bit. Throws on bytes of another layout. About 170 bytes a track. */
export const trackState: StateCodec<TrackState> = {
  encode: (state) => Buffer.concat([Buffer.of(layoutVersion), layout.toBuffer(written(state))]),
  decode(bytes) {
    if (bytes[0] !== layoutVersion)
      throw new Error(`state of track has layout ${bytes[0]}, this program reads ${layoutVersion}`);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
    return revived(layout.fromBuffer(body) as WrittenState);
  },
};
