import { z } from 'zod';
import type { WebSocket } from 'ws';
import { nowMs } from '#runtime';
import type { PictureHub, Viewer } from './picture-hub.ts';

/**
 * The picture channel of one client. It says which cameras it looks at and at most how often; each picture is
 * answered with `shown` when it is on the screen, and at most two are under way: so a slow line or a slow phone gets
 * fewer pictures, each the newest, and never a backlog.
 *
 *   client → {"watch": {"door": 25, "yard": 2}}      camera → pictures a second at most; replaces the list before
 *   server → binary (see picture-message.ts)
 *   client → {"shown": "door"}
 */
const inFlightMax = 2;
const camerasMax = 64;

const messageSchema = z.union([
  z.object({ watch: z.record(z.string().max(63), z.number().positive().max(60)) }),
  z.object({ shown: z.string().max(63) }),
]);

interface Watching {
  readonly viewer: Viewer;
  intervalMs: number;
  inFlight: number;
  nextAtMs: number;
  timer: NodeJS.Timeout | undefined;
}

export const servePictures = (socket: WebSocket, hub: PictureHub, changed: () => void): void => {
  const watching = new Map<string, Watching>();

  const pump = (cameraId: string): void => {
    const watch = watching.get(cameraId);
    if (!watch || watch.inFlight >= inFlightMax || watch.timer) return;
    const waitMs = watch.nextAtMs - nowMs();
    if (waitMs > 0) {
      watch.timer = setTimeout(() => {
        watch.timer = undefined;
        pump(cameraId);
      }, waitMs);
      return;
    }
    const message = watch.viewer.take();
    if (!message) return;
    watch.inFlight++;
    // Half a picture early rather than one late: cameras are never exactly on time.
    watch.nextAtMs = nowMs() + watch.intervalMs * 0.75;
    message.then(
      (bytes) => socket.send(bytes),
      // A picture that cannot be encoded is passed over; the next one comes.
      () => watch.inFlight--,
    );
  };
  const leave = (cameraId: string): void => {
    const watch = watching.get(cameraId);
    clearTimeout(watch?.timer);
    watch?.viewer.leave();
    watching.delete(cameraId);
  };
  const setWatched = (wanted: Readonly<Record<string, number>>): void => {
    for (const cameraId of watching.keys()) if (!(cameraId in wanted)) leave(cameraId);
    for (const [cameraId, perSecond] of Object.entries(wanted).slice(0, camerasMax)) {
      const before = watching.get(cameraId);
      if (before) before.intervalMs = 1000 / perSecond;
      else
        watching.set(cameraId, {
          viewer: hub.watch(cameraId, () => pump(cameraId)),
          intervalMs: 1000 / perSecond,
          inFlight: 0,
          nextAtMs: 0,
          timer: undefined,
        });
      pump(cameraId);
    }
    changed();
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary) return socket.close(1003, 'text only');
    const parsed = messageSchema.safeParse(parseJson(String(data)));
    if (!parsed.success) return socket.close(1008, 'not understood');
    if ('watch' in parsed.data) return setWatched(parsed.data.watch);
    const watch = watching.get(parsed.data.shown);
    if (watch) watch.inFlight = Math.max(0, watch.inFlight - 1);
    pump(parsed.data.shown);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    for (const cameraId of [...watching.keys()]) leave(cameraId);
    changed();
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
