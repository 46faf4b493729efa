import type { CameraDocument, CameraStatus, Crossing, Occupancy, SiteDocument, TrackRecord } from '#schemas';
import { nowUs } from '#runtime';
import type { Versioned } from '#runtime';
import { localDay } from './local-day.ts';
import { createSignal } from './signal.ts';
import type { Signal } from './signal.ts';
import type { Totals } from './totals.ts';
import { judge, outagesOf } from './verdict.ts';
import type { Outage, Verdict, VerdictInput } from './verdict.ts';

/** Everything a page shows of a camera at one moment; always whole, so that a client that missed some is not wrong. */
export interface CameraNow {
  readonly cameraId: string;
  readonly atUs: number;
  readonly verdict: Verdict;
  readonly outages: readonly Outage[];
  readonly status: CameraStatus | null;
  /** Confirmed objects in the newest frame; null while nobody looks. */
  readonly objects: number | null;
  readonly lines: readonly { lineId: string; in: number; out: number; lastCrossedAtUs: number | null }[];
  /** Null: not known now. */
  readonly zones: readonly { zoneId: string; count: number | null }[];
  /** False while stored crossings are still being added up. */
  readonly totalsComplete: boolean;
  readonly dayFromUs: number;
  readonly dayToUs: number;
}

/** What this server heard, from whom, by camera. Bounded by the cameras that exist. */
interface CameraMemory {
  decode: CameraStatus | undefined;
  decodeHeardAtUs: number | undefined;
  inferHeardAtUs: number | undefined;
  tracksHeardAtUs: number | undefined;
  objects: number | null;
  readonly occupancy: Map<string, Occupancy>;
  readonly lastCrossedAtUs: Map<string, number>;
}

export interface CameraBoard {
  readonly signal: Signal;
  configure(cameras: readonly Versioned<CameraDocument>[], sites: readonly Versioned<SiteDocument>[]): void;
  /** `appendedAtMs`: when the broker took it, so that an old report read at a start is as old as it is. */
  heardStatus(status: CameraStatus, appendedAtMs: number): void;
  heardTracks(record: TrackRecord): void;
  heardOccupancy(occupancy: Occupancy): void;
  heardCrossing(crossing: Crossing): void;
  heardBroker(): void;
  cameras(): readonly Versioned<CameraDocument>[];
  camera(cameraId: string): Versioned<CameraDocument> | undefined;
  sites(): readonly Versioned<SiteDocument>[];
  now(cameraId: string): CameraNow | undefined;
}

/** Older than this a report was read from the topic's past; younger ones are judged by this server's clock alone. */
const backlogAfterUs = 3_000_000;

const blank = (): CameraMemory => ({
  decode: undefined,
  decodeHeardAtUs: undefined,
  inferHeardAtUs: undefined,
  tracksHeardAtUs: undefined,
  objects: null,
  occupancy: new Map(),
  lastCrossedAtUs: new Map(),
});

export interface CameraBoardOptions {
  readonly totals: Totals;
  readonly totalsComplete: () => boolean;
}

export const createCameraBoard = ({ totals, totalsComplete }: CameraBoardOptions): CameraBoard => {
  const signal = createSignal();
  const listeningSinceUs = nowUs();
  const memories = new Map<string, CameraMemory>();
  let cameras = new Map<string, Versioned<CameraDocument>>();
  let sites: readonly Versioned<SiteDocument>[] = [];
  let brokerAtUs = listeningSinceUs;

  /** Records of cameras this server does not know (yet) are kept too: the configuration may be a moment behind. */
  const memoryOf = (cameraId: string): CameraMemory => {
    const memory = memories.get(cameraId) ?? blank();
    memories.set(cameraId, memory);
    return memory;
  };
  const inputOf = (document: CameraDocument, memory: CameraMemory): VerdictInput => ({
    enabled: document.enabled,
    hasModel: document.modelId !== '',
    status: memory.decode?.state === 'removed' ? undefined : memory.decode,
    heard: {
      decodeAtUs: memory.decodeHeardAtUs,
      inferAtUs: memory.inferHeardAtUs,
      tracksAtUs: memory.tracksHeardAtUs,
      brokerAtUs,
      listeningSinceUs,
    },
    nowUs: nowUs(),
  });

  const now = (cameraId: string): CameraNow | undefined => {
    const document = cameras.get(cameraId)?.document;
    if (!document) return undefined;
    const memory = memories.get(cameraId) ?? blank();
    const input = inputOf(document, memory);
    const verdict = judge(input);
    const outages = outagesOf(input);
    const counting = verdict.state === 'live' && outages.length === 0;
    const timeZone = sites.find(({ document: site }) => site.siteId === document.siteId)?.document.timeZone;
    const day = localDay(timeZone ?? 'UTC', input.nowUs);
    return {
      cameraId,
      atUs: input.nowUs,
      verdict,
      outages,
      status: input.status ?? null,
      objects: counting ? memory.objects : null,
      lines: document.lines.map(({ lineId }) => ({
        lineId,
        ...totals.between(cameraId, lineId, day.fromUs, day.toUs),
        lastCrossedAtUs: memory.lastCrossedAtUs.get(lineId) ?? null,
      })),
      zones: document.zones.map(({ zoneId }) => ({
        zoneId,
        count: counting ? (memory.occupancy.get(zoneId)?.count ?? 0) : null,
      })),
      totalsComplete: totalsComplete(),
      dayFromUs: day.fromUs,
      dayToUs: day.toUs,
    };
  };
  return {
    signal,
    configure(newCameras, newSites) {
      cameras = new Map(newCameras.map((camera) => [camera.document.cameraId, camera]));
      sites = newSites;
      for (const [cameraId, { decode }] of memories)
        if (!cameras.has(cameraId) && decode?.state === 'removed') memories.delete(cameraId);
      signal.raise();
    },
    heardStatus(status, appendedAtMs) {
      const memory = memoryOf(status.cameraId);
      const heardAtUs = nowUs() - appendedAtMs * 1000 > backlogAfterUs ? appendedAtMs * 1000 : nowUs();
      if (status.reporter === 'infer') memory.inferHeardAtUs = heardAtUs;
      else {
        memory.decode = status;
        memory.decodeHeardAtUs = heardAtUs;
      }
      signal.raise();
    },
    heardTracks(record) {
      const memory = memoryOf(record.cameraId);
      memory.tracksHeardAtUs = nowUs();
      if (record.kind === 'frame')
        memory.objects = record.frame?.tracks.filter(({ state }) => state === 'confirmed').length ?? null;
      signal.raise();
    },
    heardOccupancy(occupancy) {
      memoryOf(occupancy.cameraId).occupancy.set(occupancy.zoneId, occupancy);
      signal.raise();
    },
    heardCrossing(crossing) {
      memoryOf(crossing.cameraId).lastCrossedAtUs.set(crossing.lineId, crossing.crossedAtUs);
      signal.raise();
    },
    heardBroker: () => void (brokerAtUs = nowUs()),
    cameras: () => [...cameras.values()],
    camera: (cameraId) => cameras.get(cameraId),
    sites: () => sites,
    now,
  };
};
