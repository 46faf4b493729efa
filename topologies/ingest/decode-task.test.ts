import { describe, expect, it } from 'vitest';
import type { Processor, ProcessorContext } from '#processor';
import type { DecodeCheckpoint, DecodeCommand, DecodeOutputs } from '#processors/decode';
import { validateCamera } from '#schemas';
import type { CameraDocument, CameraDocumentInput, FrameRecord } from '#schemas';
import { openDecodeTask } from './decode-task.ts';
import type { DecodeTask } from './decode-task.ts';
import type { LedgerEntry } from './run-ledger.ts';

/** Stands in for the decoders, which are tried with the real ones in the integration test: says what it is told. */
interface Decoder extends Processor<DecodeCommand, DecodeOutputs> {
  readonly commands: DecodeCommand[];
  readonly context: () => ProcessorContext<DecodeOutputs>;
}
const createDecoder = (): Decoder => {
  const commands: DecodeCommand[] = [];
  let context: ProcessorContext<DecodeOutputs> | undefined;
  return {
    commands,
    context: () => context as ProcessorContext<DecodeOutputs>,
    init: (given) => void (context = given),
    process(command) {
      commands.push(command);
      if (command.kind === 'stop')
        context?.forward(
          'frames',
          record({ kind: 'runEnded', sequence: 99, ended: { reason: command.reason } }),
        );
    },
    close: () => undefined,
  };
};

const record = (changes: Partial<FrameRecord> = {}): FrameRecord => ({
  kind: 'tick',
  cameraId: 'door',
  runId: 'door-1',
  runEpoch: 1,
  sequence: 0,
  capturedAtUs: 10,
  live: false,
  frame: null,
  ended: null,
  ...changes,
});
const checkpoint = (changes: Partial<DecodeCheckpoint> = {}): DecodeCheckpoint => ({
  cameraId: 'door',
  url: '/clips/door.mp4',
  runId: 'door-1',
  runEpoch: 1,
  sequence: 0,
  ended: false,
  live: false,
  timeline: { anchorUs: 5, nextSequence: 1, lastCapturedAtUs: 10, nextTickAtUs: 11, lastSlot: 0 },
  position: { framesRead: 1, ptsUs: 0, firstPtsUs: 0, offsetUs: 0, shiftUs: 0, exact: true },
  ...changes,
});

const documentOf = (changes: Partial<CameraDocumentInput> = {}): CameraDocument => {
  const result = validateCamera({
    cameraId: 'door',
    siteId: 'shop',
    name: 'Door',
    modelId: 'yolox-nano@0123456789ab',
    source: { kind: 'file', url: '/clips/door.mp4', startAtUs: 5 },
    ...changes,
  });
  if (!result.ok) throw new Error(result.problems.join('; '));
  return result.value;
};

interface Scene {
  readonly task: DecodeTask;
  readonly decoder: Decoder;
  readonly published: FrameRecord[];
  readonly kept: Map<string, LedgerEntry | undefined>;
  readonly lost: unknown[];
  documents: CameraDocument[];
  version: number;
  /** Answers the ledger's write; immediately unless `slow`. */
  letWrite(): void;
  look(): Promise<void>;
}
interface SceneOptions {
  entries?: ReadonlyMap<string, LedgerEntry>;
  document?: CameraDocument;
  isSlow?: boolean;
  resendAfterMs?: number;
  write?: () => Promise<void>;
}
const scene = (options: SceneOptions = {}): Scene => {
  const decoder = createDecoder();
  const published: FrameRecord[] = [];
  const kept = new Map<string, LedgerEntry | undefined>();
  const lost: unknown[] = [];
  const waiting: (() => void)[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const world: Scene = {
    decoder,
    published,
    kept,
    lost,
    documents: [options.document ?? documentOf()],
    version: 1,
    letWrite: () => waiting.splice(0).forEach((resolve) => resolve()),
    look: async () => {
      world.task.reconcile(world.documents.map(({ cameraId }) => cameraId));
      await settle();
    },
    task: openDecodeTask({
      partition: 0,
      entries: options.entries ?? new Map(),
      async write(changes) {
        await options.write?.();
        if (options.isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
        for (const [cameraId, entry] of changes) kept.set(cameraId, entry);
      },
      onLost: (error) => lost.push(error),
      surroundings: {
        createDecode: () => decoder,
        camera: (cameraId) => {
          const document = world.documents.find((candidate) => candidate.cameraId === cameraId);
          return document && { version: world.version, document };
        },
        credentialsOf: () => null,
        publish: (frame) => {
          published.push(frame);
          return Promise.resolve(true);
        },
        report: () => undefined,
        onDropped: () => undefined,
        idUsedBefore: () => false,
        onRewound: () => undefined,
        resendAfterMs: options.resendAfterMs ?? 20_000,
        checkpointEveryMs: 0,
      },
    }),
  };
  return world;
};
const kinds = (world: Scene): string[] => world.decoder.commands.map(({ kind }) => kind);
const lastPlay = (world: Scene): Extract<DecodeCommand, { kind: 'play' }> | undefined =>
  world.decoder.commands.findLast((command) => command.kind === 'play');
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe('decode task', () => {
  it('plays a new camera only when its run is kept', async () => {
    const world = scene({ isSlow: true });
    await world.look();
    expect(kinds(world)).toEqual([]);
    world.letWrite();
    await world.look();
    expect(kinds(world)).toEqual(['play']);
    expect(world.kept.get('door')).toMatchObject({ runId: 'door-1', runEpoch: 1, startedAtUs: 5 });
    expect(lastPlay(world)?.run).toEqual({ runId: 'door-1', runEpoch: 1, startedAtUs: 5 });
  });

  it('holds the records of a run that decode began until its epoch is kept', async () => {
    const world = scene({ isSlow: true });
    await world.look();
    world.letWrite();
    await settle();
    const { forward } = world.decoder.context();
    forward('checkpoints', checkpoint({ runId: 'door-2', runEpoch: 2, sequence: -1 }));
    forward('frames', record({ runId: 'door-2', runEpoch: 2 }));
    await settle();
    expect(world.published).toEqual([]);
    world.letWrite();
    await settle();
    expect(world.kept.get('door')).toMatchObject({ runEpoch: 2, checkpoint: { sequence: -1 } });
    expect(world.published.map(({ runId }) => runId)).toEqual(['door-2']);
  });

  it("keeps a file's checkpoint and its end as they become safe", async () => {
    const world = scene();
    await world.look();
    const { forward } = world.decoder.context();
    for (const sequence of [0, 1]) forward('frames', record({ sequence }));
    forward('frames', record({ sequence: 2, kind: 'runEnded', ended: { reason: 'endOfFile' } }));
    world.task.acknowledge(record({ sequence: 1 }));
    expect(world.decoder.commands.at(-1)).toMatchObject({ kind: 'acknowledge', sequence: 1 });
    forward('checkpoints', checkpoint({ sequence: 1 }));
    await settle();
    expect(world.kept.get('door')).toMatchObject({ checkpoint: { sequence: 1 }, ended: '' });
    world.task.acknowledge(record({ sequence: 2 }));
    await settle();
    expect(world.kept.get('door')).toMatchObject({ ended: 'endOfFile' });
  });

  it('acknowledges the frames of a camera without a model when the topic has them', async () => {
    const world = scene({ document: documentOf({ modelId: '' }) });
    await world.look();
    world.decoder.context().forward('frames', record());
    await settle();
    expect(world.decoder.commands.at(-1)).toMatchObject({ kind: 'acknowledge', sequence: 0 });
  });

  it('goes on with a file where its predecessor was', async () => {
    const first = scene();
    await first.look();
    first.decoder.context().forward('frames', record());
    first.task.acknowledge(record());
    first.decoder.context().forward('checkpoints', checkpoint());
    await settle();
    const second = scene({ entries: first.kept as Map<string, LedgerEntry> });
    await second.look();
    expect(lastPlay(second)?.run).toMatchObject({ runId: 'door-1', runEpoch: 1, resume: { sequence: 0 } });
    expect(second.published).toEqual([]);
  });

  it('passes a change of lines on without a new run', async () => {
    const world = scene();
    await world.look();
    world.documents = [
      documentOf({ lines: [{ lineId: 'l', name: 'l', a: { x: 0, y: 0 }, b: { x: 1, y: 1 } }] }),
    ];
    world.version = 2;
    await world.look();
    expect(kinds(world)).toEqual(['play', 'play']);
    expect(lastPlay(world)).toMatchObject({ configVersion: 2, run: { runId: 'door-1' } });
    expect(world.published).toEqual([]);
  });

  it('ends the run and begins the next when the frame rate changes', async () => {
    const world = scene();
    await world.look();
    world.documents = [documentOf({ fps: 3 })];
    await world.look();
    expect(kinds(world)).toEqual(['play', 'stop', 'play']);
    expect(world.published).toMatchObject([{ runId: 'door-1', ended: { reason: 'changed' } }]);
    expect(lastPlay(world)?.run).toMatchObject({ runId: 'door-2', runEpoch: 2 });
  });

  it('ends the run of a camera that was deleted, and forgets it', async () => {
    const world = scene();
    await world.look();
    world.documents = [];
    await world.look();
    expect(world.published).toMatchObject([{ ended: { reason: 'removed' } }]);
    expect([...world.kept]).toEqual([['door', undefined]]);
  });

  it('ends by a run of its own what was deleted while nobody played it', async () => {
    const first = scene();
    await first.look();
    const second = scene({ entries: first.kept as Map<string, LedgerEntry> });
    second.documents = [];
    await second.look();
    await second.look();
    expect(second.published).toMatchObject([{ runEpoch: 2, sequence: 0, ended: { reason: 'removed' } }]);
    expect(second.published).toHaveLength(1);
  });

  it('sends a file again from its checkpoint when nothing comes back', async () => {
    const world = scene({ resendAfterMs: 0 });
    await world.look();
    const { forward } = world.decoder.context();
    for (const sequence of [0, 1, 2]) forward('frames', record({ sequence }));
    world.task.acknowledge(record({ sequence: 0 }));
    forward('checkpoints', checkpoint());
    await world.look();
    expect(kinds(world).slice(-2)).toEqual(['stop', 'play']);
    expect(lastPlay(world)?.run).toMatchObject({ runId: 'door-1', resume: { sequence: 0 } });
    const sent = world.published.length;
    forward('frames', record({ sequence: 0 }));
    expect(world.published).toHaveLength(sent);
    forward('frames', record({ sequence: 1 }));
    expect(world.published.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 1]);
    expect(world.published.every(({ kind }) => kind !== 'runEnded')).toBe(true);
  });

  it('says so once when nothing can be kept any more', async () => {
    const world = scene({ write: () => Promise.reject(new Error('fenced')) });
    await world.look();
    await world.look();
    expect(world.lost).toHaveLength(1);
    expect(kinds(world)).toEqual([]);
  });
});
