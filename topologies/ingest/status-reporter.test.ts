import { expect, it } from 'vitest';
import type { CameraStatus, ConfigRecord } from '#schemas';
import { createStatusReporter } from './status-reporter.ts';

const status = (changes: Partial<CameraStatus> = {}): CameraStatus => ({
  cameraId: 'door',
  reporter: 'decode',
  reportedAtUs: 1,
  state: 'online',
  stateSinceUs: 1,
  message: '',
  fpsIn: 0,
  fpsOut: 0,
  framesIn: 0,
  framesOut: 0,
  drops: {},
  reconnects: 0,
  latencyMs: 0,
  codec: '',
  width: 0,
  height: 0,
  runId: '',
  runEpoch: 0,
  position: -1,
  device: '',
  configVersion: 3,
  ...changes,
});
const version = (number: number): ConfigRecord => ({
  kind: 'camera',
  id: 'door',
  version: number,
  effectiveFromUs: 0,
  deleted: false,
  camera: null,
  site: null,
});
const reporter = (isOwned = true) => {
  const sent: CameraStatus[] = [];
  return {
    sent,
    ...createStatusReporter({ send: (one) => sent.push(one), isOwned: () => isOwned }),
  };
};

it('reports a document that was refused with the camera, until a good one comes', () => {
  const { sent, report, onInvalid, onValid } = reporter();
  report(status());
  onInvalid(version(4), ['zones.0: too few points']);
  report(status());
  onValid(version(5));
  report(status({ configVersion: 5 }));
  expect(sent.map(({ state, message }) => [state, message.includes('version 4') && message])).toEqual([
    ['online', false],
    ['online', expect.stringContaining('zones.0: too few points') as string],
    ['online', expect.stringContaining('version 3 stays in use') as string],
    ['online', false],
  ]);
});

it('reports a camera as failed when its first document is refused', () => {
  const { sent, onInvalid } = reporter();
  onInvalid(version(1), ['source: missing']);
  expect(sent).toMatchObject([{ cameraId: 'door', state: 'failed', reporter: 'decode' }]);
});

it("leaves others' cameras to their owners, and the model's reports as they are", () => {
  const { sent, report, onInvalid } = reporter(false);
  onInvalid(version(4), ['bad']);
  report(status({ reporter: 'infer' }));
  expect(sent).toMatchObject([{ reporter: 'infer', message: '' }]);
});
