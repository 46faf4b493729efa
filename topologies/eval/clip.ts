import type { CameraDocument, Crossing, DetectionRecord, ModelManifest, TrackRecord, Visit } from '#schemas';
import { runInMemory } from '../memory-pipeline.ts';
import type { Box } from './boxes.ts';
import { overlapOf } from './boxes.ts';
import { explainCounts } from './explain.ts';
import type { CountedCrossing, CountError, Cover } from './explain.ts';
import type { createPrecision } from './precision.ts';
import { compareStays } from './stays.ts';
import type { MeasuredStay, ZoneComparison } from './stays.ts';
import type { Truth, TrueFrame } from './truth.ts';

export interface LineComparison {
  readonly line: string;
  readonly trueIn: number;
  readonly trueOut: number;
  readonly in: number;
  readonly out: number;
}

export interface ClipResult {
  readonly scene: string;
  readonly seed: number;
  readonly exact: boolean;
  readonly lines: LineComparison[];
  readonly zones: ZoneComparison[];
  readonly errors: CountError[];
}

export interface ClipInput {
  readonly document: CameraDocument;
  readonly model: { readonly path: string; readonly manifest: ModelManifest };
  readonly truth: Truth;
  readonly precision: ReturnType<typeof createPrecision>;
  readonly processes?: number;
}

/** A track is on an object when their boxes overlap at least this much. */
const coverOverlapMin = 0.35;

interface TrackedBox {
  readonly trackId: string;
  readonly box: Box;
}

/** For each frame, the best pairing of tracks and true objects, the most overlapping first. */
const pairFrame = (frame: TrueFrame, tracks: readonly TrackedBox[]): Map<string, string> => {
  const candidates = frame.objects
    .flatMap((object) =>
      tracks.map((track) => ({ object, track, overlap: overlapOf(object.box, track.box) })),
    )
    .filter(({ overlap }) => overlap >= coverOverlapMin)
    .sort((p, q) => q.overlap - p.overlap);
  const trackOf = new Map<string, string>();
  const used = new Set<string>();
  for (const { object, track } of candidates) {
    if (trackOf.has(object.id) || used.has(track.trackId)) continue;
    trackOf.set(object.id, track.trackId);
    used.add(track.trackId);
  }
  return trackOf;
};

const boxOf = ({ x1, y1, x2, y2 }: { x1: number; y1: number; x2: number; y2: number }): Box => [
  x1,
  y1,
  x2,
  y2,
];

/** Runs one film through the whole pipeline in memory and compares everything with its truth. */
export const evaluateClip = async (input: ClipInput): Promise<ClipResult> => {
  const { document, model, truth } = input;
  const startAtUs = document.source.startAtUs ?? 0;
  const msOf = (atUs: number): number => (atUs - startAtUs) / 1000;
  const frameAt = (atUs: number): TrueFrame | undefined =>
    truth.frames[Math.round((msOf(atUs) * truth.fps) / 1000)];
  const crossings: Crossing[] = [];
  const stays: MeasuredStay[] = [];
  const trackByFrame = new Map<number, Map<string, string>>();

  const takeDetections = (record: DetectionRecord): void => {
    const frame = frameAt(record.capturedAtUs);
    if (!record.frame || !frame) return;
    const found = record.frame.detections.map((detection) => ({
      className: detection.className,
      confidence: detection.confidence,
      box: boxOf(detection),
    }));
    input.precision.add(frame, found, truth.classes);
  };
  const takeTracks = (record: TrackRecord): void => {
    const frame = frameAt(record.capturedAtUs);
    if (!record.frame || !frame) return;
    const tracks = record.frame.tracks
      .filter(({ state }) => state !== 'lost')
      .map((track) => ({ trackId: track.trackId, box: boxOf(track) }));
    trackByFrame.set(frame.index, pairFrame(frame, tracks));
  };
  const takeVisit = (visit: Visit): void => {
    if (visit.phase !== 'left') return;
    const { zoneName: zone, className, dwellMs } = visit;
    stays.push({ zone, className, dwellMs, enteredAtMs: msOf(visit.enteredAtUs) });
  };
  await runInMemory({
    document,
    models: () => Promise.resolve(model),
    ...(input.processes === undefined ? {} : { processes: input.processes }),
    onDetections: takeDetections,
    onOutput(sink, value) {
      if (sink === 'tracks') takeTracks(value as TrackRecord);
      if (sink === 'crossings') crossings.push(value as Crossing);
      if (sink === 'visits') takeVisit(value as Visit);
    },
  });
  const covers = coversOf(truth, trackByFrame);
  const counted = crossings.map((crossing) =>
    countedOf(crossing, msOf(crossing.crossedAtUs), truth, trackByFrame),
  );
  const { exact, errors } = explainCounts(truth.crossings, counted, covers);
  return {
    scene: truth.kind,
    seed: truth.seed,
    exact,
    lines: truth.lines.map(({ name }) => compareLine(name, truth, counted)),
    zones: truth.zones.map(({ name }) => compareStays(name, truth.stays, stays)),
    errors,
  };
};

const compareLine = (line: string, truth: Truth, counted: readonly CountedCrossing[]): LineComparison => {
  const count = (list: readonly { line: string; direction: string }[], direction: string): number =>
    list.filter((item) => item.line === line && item.direction === direction).length;
  return {
    line,
    trueIn: count(truth.crossings, 'in'),
    trueOut: count(truth.crossings, 'out'),
    in: count(counted, 'in'),
    out: count(counted, 'out'),
  };
};

const coversOf = (
  truth: Truth,
  trackByFrame: ReadonlyMap<number, Map<string, string>>,
): Map<string, Cover[]> => {
  const covers = new Map<string, Cover[]>();
  for (const { index, atMs, objects } of truth.frames)
    for (const { id, hiddenShare } of objects) {
      const cover = covers.get(id) ?? [];
      cover.push({ atMs, hiddenShare, trackId: trackByFrame.get(index)?.get(id) ?? null });
      covers.set(id, cover);
    }
  return covers;
};

/** The object that the track was on in the frame nearest to the crossing, up to five frames away. */
const countedOf = (
  crossing: Crossing,
  atMs: number,
  truth: Truth,
  trackByFrame: ReadonlyMap<number, Map<string, string>>,
): CountedCrossing => {
  const middle = Math.round((atMs * truth.fps) / 1000);
  let objectId: string | null = null;
  for (const away of [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5]) {
    const pairs = trackByFrame.get(middle + away);
    const found = [...(pairs ?? [])].find(([, trackId]) => trackId === crossing.trackId);
    if (!found) continue;
    objectId = found[0];
    break;
  }
  const { lineName: line, className, trackId } = crossing;
  return { line, className, trackId, atMs, objectId, direction: crossing.direction === 'in' ? 'in' : 'out' };
};
