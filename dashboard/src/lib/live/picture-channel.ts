/** Boxes of the very frame that the picture shows. */
export interface PictureTrack {
  readonly trackId: string;
  readonly state: string;
  readonly className: string;
  readonly confidence: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface Picture {
  readonly cameraId: string;
  readonly capturedAtUs: number;
  readonly width: number;
  readonly height: number;
  readonly live: boolean;
  readonly tracks: readonly PictureTrack[] | null;
  readonly image: ImageBitmap;
}

type Show = (picture: Picture) => void;

interface Watch {
  readonly perSecond: number;
  readonly show: Show;
}

const lengthBytes = 4;
const retryMs = 1_000;

/** Takes one message of the server apart; the format is described beside its sender. */
const decode = async (message: ArrayBuffer): Promise<Picture> => {
  const headerLength = new DataView(message).getUint32(0);
  const header = new TextDecoder().decode(new Uint8Array(message, lengthBytes, headerLength));
  const jpeg = new Blob([new Uint8Array(message, lengthBytes + headerLength)], { type: 'image/jpeg' });
  return { ...(JSON.parse(header) as Omit<Picture, 'image'>), image: await createImageBitmap(jpeg) };
};

/**
 * One socket for all pictures of this page. A picture is confirmed once it is shown, so a slow machine is sent fewer
 * of them; nothing is kept here but what is being decoded.
 */
const createPictureChannel = () => {
  const watches = new Map<string, Watch>();
  let socket: WebSocket | undefined;
  let scheduled = false;

  const announce = (): void => {
    if (scheduled) return;
    scheduled = true;
    // Pages change several watches at once: one message says them all.
    queueMicrotask(() => {
      scheduled = false;
      if (watches.size > 0 && !socket) open();
      if (socket?.readyState !== WebSocket.OPEN) return;
      const watch = Object.fromEntries(
        [...watches].map(([cameraId, { perSecond }]) => [cameraId, perSecond]),
      );
      socket.send(JSON.stringify({ watch }));
    });
  };
  const receive = async (own: WebSocket, data: ArrayBuffer): Promise<void> => {
    const picture = await decode(data);
    const watch = watches.get(picture.cameraId);
    if (watch) watch.show(picture);
    picture.image.close();
    if (own.readyState === WebSocket.OPEN) own.send(JSON.stringify({ shown: picture.cameraId }));
  };
  const open = (): void => {
    const own = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/pictures`);
    own.binaryType = 'arraybuffer';
    socket = own;
    own.addEventListener('open', announce);
    own.addEventListener('message', ({ data }) => {
      // One damaged picture is passed over; the next one comes.
      receive(own, data as ArrayBuffer).catch(() => undefined);
    });
    own.addEventListener('close', () => {
      if (socket === own) socket = undefined;
      setTimeout(announce, retryMs);
    });
  };
  return {
    /** Shows pictures of a camera, at most so many a second, until the returned function is called. */
    watch(cameraId: string, perSecond: number, show: Show): () => void {
      const watch = { perSecond, show };
      watches.set(cameraId, watch);
      announce();
      return () => {
        if (watches.get(cameraId) === watch) watches.delete(cameraId);
        announce();
      };
    },
  };
};

export const pictureChannel = createPictureChannel();
