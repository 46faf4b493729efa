import type { Processor, VersionedCamera } from '#processor';
import type { DecodeCommand, DecodeOutputs } from '#processors/decode';
import { nowMs, nowUs } from '#runtime';
import type { CameraDocument, CameraStatus, FrameRecord } from '#schemas';
import { createCameraPlayer } from './camera-player.ts';
import type { CameraPlayer, PlayerPorts } from './camera-player.ts';
import { createLedgerWriter } from './ledger-writer.ts';
import type { LedgerChanges, LedgerWriter } from './ledger-writer.ts';
import type { LedgerEntry } from './run-ledger.ts';

/** What the tasks of a process share. */
export interface DecodeSurroundings {
  createDecode(): Processor<DecodeCommand, DecodeOutputs>;
  camera(cameraId: string, atUs: number): VersionedCamera | undefined;
  credentialsOf(document: CameraDocument): string | null;
  /** Hands a record to the topic (and, fused, to the model). Resolves to true when the topic has it. */
  publish(record: FrameRecord): Promise<boolean>;
  report(status: CameraStatus): void;
  onDropped(reason: string): void;
  /** See camera-history.ts. */
  idUsedBefore(cameraId: string): boolean;
  onRewound(cameraId: string): void;
  readonly resendAfterMs: number;
  readonly checkpointEveryMs: number;
}

/** The cameras of one partition that this process owns. */
export interface DecodeTask {
  readonly partition: number;
  /** Looks at these cameras and at every one in the ledger, and makes true what should be. Call it often. */
  reconcile(cameraIds: Iterable<string>): void;
  /** The detections of this record are kept. */
  acknowledge(record: Pick<FrameRecord, 'cameraId' | 'runId' | 'sequence'>): void;
  /** In peace: live runs end, checkpoints are written. Else, the partition being another's: nothing leaves any more. */
  close(peacefully: boolean): Promise<void>;
}

export interface DecodeTaskOptions {
  readonly partition: number;
  /** As read after the predecessor was fenced. */
  readonly entries: ReadonlyMap<string, LedgerEntry>;
  write(changes: LedgerChanges): Promise<void>;
  readonly surroundings: DecodeSurroundings;
  /** Nothing can be kept any more: the task is over. Called once. */
  onLost(error: unknown): void;
}

interface Task {
  readonly options: DecodeTaskOptions;
  readonly decode: Processor<DecodeCommand, DecodeOutputs>;
  readonly ledger: LedgerWriter;
  readonly players: Map<string, CameraPlayer>;
  closed: boolean;
}

/** A camera without a model has no detections to wait for: its frames are safe once the topic has them. */
const hasModel = (surroundings: DecodeSurroundings, record: FrameRecord): boolean =>
  (surroundings.camera(record.cameraId, record.capturedAtUs)?.document.modelId ?? '') !== '';

const publish = (task: Task, record: FrameRecord): void => {
  const { surroundings, onLost } = task.options;
  surroundings.publish(record).then((isKept) => {
    if (isKept && !record.live && !hasModel(surroundings, record)) acknowledge(task, record);
  }, onLost);
};

const acknowledge: (task: Task, record: Parameters<DecodeTask['acknowledge']>[0]) => void = (task, record) =>
  task.players.get(record.cameraId)?.acknowledge(record.runId, record.sequence, nowMs());

const portsOf = (task: Task): PlayerPorts => {
  const { credentialsOf, onDropped, idUsedBefore } = task.options.surroundings;
  return {
    decode: (command) =>
      void task.decode.process(command, { topic: '', partition: 0, offset: 0, appendedAtUs: 0 }),
    keep: (cameraId, entry) => task.ledger.keep(cameraId, entry),
    keepSoon: (cameraId, entry) => task.ledger.keepSoon(cameraId, entry),
    publish: (record) => publish(task, record),
    credentialsOf,
    onDropped,
    idUsedBefore,
  };
};

const addPlayer = (task: Task, cameraId: string, entry: LedgerEntry | undefined): CameraPlayer => {
  const player = createCameraPlayer({
    cameraId,
    entry,
    ports: portsOf(task),
    resendAfterMs: task.options.surroundings.resendAfterMs,
  });
  task.players.set(cameraId, player);
  return player;
};

const reconcile = (task: Task, cameraId: string): void => {
  const { surroundings, onLost } = task.options;
  const player = task.players.get(cameraId) ?? addPlayer(task, cameraId, undefined);
  const camera = surroundings.camera(cameraId, nowUs());
  player.reconcile(camera, nowUs()).catch(onLost);
  // Forgotten: what is left of it is on its way to the ledger.
  if (!camera && !player.entry) task.players.delete(cameraId);
  if (player.rewindWhenStalled(nowMs())) surroundings.onRewound(cameraId);
};

/** Routes what the decoders forward to the player it is about. */
const listen = (task: Task): void => {
  const { surroundings } = task.options;
  void task.decode.init({
    camera: (cameraId, atUs) => surroundings.camera(cameraId, atUs),
    forward(stream, value) {
      if (task.closed) return;
      const player = task.players.get(value.cameraId);
      if (!player?.listening) return;
      // The stream says which type the value has; the compiler cannot follow that through the mapped type.
      if (stream === 'frames') player.onRecord(value as FrameRecord, nowMs());
      else if (stream === 'checkpoints') player.onCheckpoint(value as DecodeOutputs['checkpoints']);
      else surroundings.report(value as CameraStatus);
    },
  });
};

const close = async (task: Task, peacefully: boolean): Promise<void> => {
  if (peacefully) for (const player of task.players.values()) player.leave();
  task.closed = true;
  await task.decode.close();
  if (peacefully) await task.ledger.flush();
};

export const openDecodeTask = (options: DecodeTaskOptions): DecodeTask => {
  const { write, surroundings } = options;
  let lost = false;
  const onLost = (error: unknown): void => {
    if (lost) return;
    lost = true;
    // What the decoders still forward belongs to whoever owns the partition now.
    task.closed = true;
    options.onLost(error);
  };
  const ledger = createLedgerWriter({ write, everyMs: surroundings.checkpointEveryMs, onFailed: onLost });
  const task: Task = {
    options: { ...options, onLost },
    decode: surroundings.createDecode(),
    ledger,
    players: new Map(),
    closed: false,
  };
  listen(task);
  for (const [cameraId, entry] of options.entries) addPlayer(task, cameraId, entry);
  return {
    partition: options.partition,
    reconcile(cameraIds) {
      if (task.closed) return;
      for (const cameraId of new Set([...cameraIds, ...task.players.keys()])) reconcile(task, cameraId);
    },
    acknowledge: (record) => acknowledge(task, record),
    close: (peacefully) => close(task, peacefully),
  };
};
