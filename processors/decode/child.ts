import type { CameraRun } from './camera-run.ts';
import { createRuns } from './camera-run.ts';
import { SourceFailure } from './failures.ts';
import { playFile } from './file-source.ts';
import { playImages } from './images-source.ts';
import { playLive } from './live-source.ts';
import { rasterize } from './mask-raster.ts';
import { createPictureMaker } from './port.ts';
import type { FromCamera, PlayRequest, ToCamera } from './protocol.ts';
import { createSharedPictures, sharedDescriptor } from './shared-pictures.ts';
import { createStatus } from './status.ts';
import { createWindow } from './window.ts';

/**
 * Entry of one camera's process. It gets one `play` and sends records until its source is over; it dies with
 * its parent. A crash in here is the parent's to handle (camera-process.ts).
 */

const shared = createSharedPictures(sharedDescriptor);
const nothing = new Uint8Array();

/** Large pictures leave through shared memory, everything else through the pipe, in one order. */
const send = (message: FromCamera, written?: () => void): void => {
  const frame = message.kind === 'record' ? message.record.frame : null;
  const region = frame && shared.put(frame.data);
  const lighter =
    message.kind === 'record' && frame && region
      ? { ...message, region, record: { ...message.record, frame: { ...frame, data: nothing } } }
      : message;
  process.send?.(lighter satisfies FromCamera, undefined, undefined, written);
};

const play = async (request: PlayRequest, window: ReturnType<typeof createWindow>): Promise<void> => {
  const { document } = request;
  const status = createStatus(request, (report) => send({ kind: 'status', status: report }));
  const camera: CameraRun = {
    request,
    status,
    send,
    room: window.room,
    drained: window.drained,
    maker: createPictureMaker({
      frameWidth: document.frameWidth,
      encoding: document.encoding,
      jpegQuality: document.jpegQuality,
      mask: (width, height) => document.masks.flatMap(({ polygon }) => rasterize(polygon, width, height)),
    }),
    ...createRuns(request),
  };
  try {
    const sources: Record<string, typeof playFile> = { rtsp: playLive, images: playImages };
    await (sources[document.source.kind] ?? playFile)(camera);
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    status.state(error.state, error.message);
  }
  status.close();
  send({ kind: 'finished' });
};

let window: ReturnType<typeof createWindow> | undefined;
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToCamera) => {
  switch (message.kind) {
    case 'play':
      window = createWindow(message.windowFrames);
      void play(message, window);
      break;
    case 'acknowledged':
      window?.release(message.frames);
      break;
    case 'taken':
      shared.taken(message.pictures);
  }
});
