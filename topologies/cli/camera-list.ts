import type { CameraDocument, CameraStatus } from '#schemas';
import type { Config, ConfigStore, Versioned } from '#runtime';
import { cameraStates } from './camera-states.ts';
import { table } from './store.ts';

const stateOf = (camera: CameraDocument, states: Map<string, CameraStatus> | undefined): string => {
  if (!camera.enabled) return 'disabled';
  if (!states) return 'unknown (Kafka does not answer)';
  const status = states.get(camera.cameraId);
  if (!status) return 'not seen yet';
  return status.message === '' ? status.state : `${status.state}: ${status.message}`;
};

const toJson = ({ document, version }: Versioned<CameraDocument>, status: CameraStatus | undefined) => {
  // Whether there are credentials is nobody's business either.
  const { credentials: _credentials, ...source } = document.source;
  return { ...document, source, version, status: status ?? null };
};

/** Prints all cameras with what the services last said of them. */
export const listCameras = async (store: ConfigStore, config: Config, json: boolean): Promise<void> => {
  const cameras = await store.listCameras();
  const states = cameras.length === 0 ? new Map<string, CameraStatus>() : await cameraStates(config);
  if (json) {
    const list = cameras.map((camera) => toJson(camera, states?.get(camera.document.cameraId)));
    process.stdout.write(`${JSON.stringify(list)}\n`);
    return;
  }
  if (cameras.length === 0) {
    process.stdout.write('There are no cameras. Add one: sightline camera add --help\n');
    return;
  }
  const rows = cameras.map(({ document }) => [
    document.cameraId,
    document.name,
    document.siteId,
    document.source.url,
    document.modelId || '-',
    String(document.lines.length),
    String(document.zones.length),
    stateOf(document, states),
  ]);
  process.stdout.write(
    table([['ID', 'NAME', 'SITE', 'SOURCE', 'MODEL', 'LINES', 'ZONES', 'STATE'], ...rows]),
  );
};
