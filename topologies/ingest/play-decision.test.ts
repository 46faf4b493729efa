import { describe, expect, it } from 'vitest';
import type { DecodeCheckpoint } from '#processors/decode';
import { validateCamera } from '#schemas';
import type { CameraDocument, CameraDocumentInput } from '#schemas';
import { decidePlay } from './play-decision.ts';
import type { CameraSituation, PlayDecision } from './play-decision.ts';
import { fingerprintOf } from './run-fingerprint.ts';
import type { LedgerEntry } from './run-ledger.ts';

type Changes = Partial<Omit<CameraDocumentInput, 'source'>> & {
  source?: Partial<CameraDocumentInput['source']>;
};
const camera = (changes: Changes = {}): CameraDocument => {
  const { source, ...rest } = changes;
  const result = validateCamera({
    cameraId: 'door',
    siteId: 'shop',
    name: 'Door',
    source: { kind: 'file', url: '/clips/door.mp4', ...source },
    ...rest,
  });
  if (!result.ok) throw new Error(result.problems.join('; '));
  return result.value;
};
const rtsp = (changes: Changes = {}): CameraDocument =>
  camera({ ...changes, source: { kind: 'rtsp', url: 'rtsp://door/1', ...changes.source } });

const entryOf = (document: CameraDocument, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  runId: 'door-3-s',
  runEpoch: 3,
  live: document.source.kind === 'rtsp',
  ...fingerprintOf(document),
  startedAtUs: 1_000_000,
  lastCapturedAtUs: 2_000_000,
  checkpoint: null,
  ended: '',
  ...changes,
});
const nowUs = 5_000_000_000;
const decide = (situation: Partial<CameraSituation>): PlayDecision =>
  decidePlay({
    cameraId: 'door',
    document: undefined,
    entry: undefined,
    playing: false,
    nowUs,
    idUsedBefore: false,
    ...situation,
  });
const epochOf = (decision: PlayDecision): number | undefined =>
  'entry' in decision ? decision.entry.runEpoch : undefined;

const file = camera();
const live = rtsp();
const halfway = { checkpoint: { sequence: 7 } as DecodeCheckpoint };

describe('what to play', () => {
  it.each<[string, Partial<CameraSituation>, PlayDecision['kind'], number | undefined]>([
    ['a new file begins its first run', { document: file }, 'begin', 1],
    ['a new camera begins its first run', { document: live }, 'begin', 1],
    [
      'an id used before begins above every epoch it had',
      { document: live, idUsedBefore: true },
      'begin',
      5000,
    ],
    ['a camera taken over begins a new run', { document: live, entry: entryOf(live) }, 'begin', 4],
    [
      'a camera being played is left alone',
      { document: live, entry: entryOf(live), playing: true },
      'leave',
      undefined,
    ],
    ['a file taken over goes on', { document: file, entry: entryOf(file, halfway) }, 'resume', 3],
    [
      'an ended file stays ended',
      { document: file, entry: entryOf(file, { ended: 'endOfFile' }) },
      'leave',
      undefined,
    ],
    [
      'a looped file begins again',
      { document: camera({ source: { loop: true } }), entry: entryOf(file, { ended: 'endOfFile' }) },
      'begin',
      4,
    ],
    [
      'an ended file begins again when it is another file',
      {
        document: camera({ source: { url: '/clips/other.mp4' } }),
        entry: entryOf(file, { ended: 'endOfFile' }),
      },
      'begin',
      4,
    ],
    [
      'an ended file stays ended when only its frame rate changes',
      { document: camera({ fps: 2 }), entry: entryOf(file, { ended: 'endOfFile' }) },
      'leave',
      undefined,
    ],
    [
      'a file that broke halfway stays ended',
      { document: file, entry: entryOf(file, { ...halfway, ended: 'failed' }) },
      'leave',
      undefined,
    ],
    [
      'a file that gave nothing is tried again',
      { document: file, entry: entryOf(file, { ended: 'failed' }) },
      'begin',
      4,
    ],
    [
      'but not by the process that has just tried',
      { document: file, entry: entryOf(file, { ended: 'failed' }), playing: true },
      'leave',
      undefined,
    ],
    [
      'a camera whose run ended begins the next',
      { document: live, entry: entryOf(live, { ended: 'stalled' }), playing: true },
      'begin',
      4,
    ],
    [
      'switched off, its run ends',
      { document: rtsp({ enabled: false }), entry: entryOf(live), playing: true },
      'end',
      3,
    ],
    [
      'switched off and ended, nothing happens',
      { document: rtsp({ enabled: false }), entry: entryOf(live, { ended: 'changed' }) },
      'leave',
      undefined,
    ],
    [
      'moved to the edge, its run ends',
      { document: rtsp({ placement: 'edge' }), entry: entryOf(live) },
      'end',
      3,
    ],
    [
      'switched on again, it begins',
      { document: live, entry: entryOf(live, { ended: 'changed' }) },
      'begin',
      4,
    ],
    ['deleted, it is forgotten', { entry: entryOf(live), playing: true }, 'forget', 3],
    ['deleted and never played, nothing happens', {}, 'leave', undefined],
  ])('%s', (_, situation, kind, epoch) => {
    const decision = decide(situation);
    expect([decision.kind, epochOf(decision)]).toEqual([kind, epoch]);
  });

  it('gives a file its fixed start, and the same run id each time', () => {
    const document = camera({ source: { startAtUs: 123_000_000 } });
    const first = decide({ document });
    expect(first).toEqual(decide({ document, nowUs: nowUs + 77 }));
    expect(first).toMatchObject({ kind: 'begin', entry: { startedAtUs: 123_000_000, checkpoint: null } });
  });

  it("begins a loop's next round after the last one's time", () => {
    const document = camera({ source: { startAtUs: 1_000_000, loop: true } });
    const entry = entryOf(document, { ended: 'endOfFile' });
    expect(decide({ document, entry })).toMatchObject({ entry: { startedAtUs: 2_000_001 } });
    const unfixed = camera({ source: { loop: true } });
    expect(decide({ document: unfixed, entry: entryOf(unfixed, { ended: 'endOfFile' }) })).toMatchObject({
      entry: { startedAtUs: nowUs },
    });
  });
});

describe('a change of the document', () => {
  const triangle = [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 0, y: 1 },
  ];
  it.each<[string, Changes, boolean]>([
    ['name', { name: 'Back door' }, false],
    ['lines', { lines: [{ lineId: 'l', name: 'l', a: { x: 0, y: 0 }, b: { x: 1, y: 1 } }] }, false],
    ['zones', { zones: [{ zoneId: 'z', name: 'z', polygon: triangle }] }, false],
    ['model', { modelId: 'yolox-nano@0123456789ab' }, false],
    ['confidence', { confidenceMin: 0.5 }, false],
    ['address', { source: { url: 'rtsp://door/2' } }, true],
    ['credentials', { source: { credentials: 'c2VjcmV0' } }, true],
    ['transport', { source: { transport: 'udp' } }, true],
    ['stall timeout', { source: { stallTimeoutMs: 9000 } }, true],
    ['frame rate', { fps: 5 }, true],
    ['width', { frameWidth: 640 }, true],
    ['encoding', { encoding: 'rgb24' }, true],
    ['quality', { jpegQuality: 50 }, true],
    ['loop', { source: { loop: true } }, true],
    ['masks', { masks: [{ maskId: 'm', name: 'm', polygon: triangle }] }, true],
  ])('of its %s restarts decoding: %#', (_, changes, restarts) => {
    const decision = decide({ document: rtsp(changes), entry: entryOf(live), playing: true });
    expect(decision.kind).toBe(restarts ? 'begin' : 'leave');
    if (decision.kind === 'begin') expect(decision.reason).toBe('changed');
  });
});
