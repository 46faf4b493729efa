/** Why a source cannot be read. */
export type FailureCode =
  | 'missing'
  | 'forbidden'
  | 'notVideo'
  | 'notStream'
  | 'noVideo'
  | 'codec'
  | 'noImages'
  | 'timeout'
  | 'unreachable'
  | 'unauthorized'
  | 'notFound';

/** Code → state on camera-status, what is wrong and what to do. `live` sources are tried again, others are not. */
const table: Readonly<Record<FailureCode, { state: string; text: string }>> = {
  missing: { state: 'failed', text: 'no such file or folder: check the path, as this machine sees it' },
  forbidden: { state: 'failed', text: 'permission denied: let this process read the file' },
  notVideo: {
    state: 'failed',
    text: 'not a video FFmpeg can read: another kind of file, or cut off before its index was written',
  },
  notStream: {
    state: 'unreachable',
    text: 'it answers, but not with a stream FFmpeg can read: check that the URL is the RTSP one',
  },
  noVideo: { state: 'failed', text: 'there is no video stream in it' },
  codec: { state: 'failed', text: 'no decoder for its video codec' },
  noImages: {
    state: 'failed',
    text: 'no images in the folder: .jpg, .jpeg, .png, .bmp, .webp or .tif are read',
  },
  timeout: { state: 'unreachable', text: 'no answer in time: check address, port and network' },
  unreachable: { state: 'unreachable', text: 'cannot connect: check address, port and network' },
  unauthorized: {
    state: 'authFailed',
    text: 'the camera refused user or password: set the right credentials',
  },
  notFound: { state: 'unreachable', text: 'the camera has no such stream: check the path of the URL' },
};

export class SourceFailure extends Error {
  readonly code: FailureCode;
  readonly state: string;
  constructor(code: FailureCode, options?: ErrorOptions) {
    super(table[code].text, options);
    this.code = code;
    this.state = table[code].state;
  }
}

/** URL without user and password, fit for messages. */
export const withoutCredentials = (url: string): string =>
  url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
