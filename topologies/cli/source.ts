import { connect } from 'node:net';
import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './failure.ts';

/** Where pictures come from, as typed, once it was looked at. */
export interface TypedSource {
  readonly kind: 'rtsp' | 'file' | 'images';
  /** URL as typed, credentials included, or an absolute path. */
  readonly url: string;
  /** What looks wrong and may heal by itself. */
  readonly warning: string | undefined;
}

const pictureName = /\.(jpe?g|png|bmp|webp|tiff?)$/i;
const rtspPort = 554;
const connectTimeoutMs = 2_000;

const checkFolder = (path: string): void => {
  if (readdirSync(path).some((name) => pictureName.test(name))) return;
  throw new UsageError(`${path} holds no pictures: a folder needs .jpg, .png, .bmp, .webp or .tiff files`);
};

const firstBytes = (path: string): Buffer => {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    throw new UsageError(`${path} cannot be read: check its permissions`);
  }
  try {
    const bytes = Buffer.alloc(512);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
};

/** Recognises what is certainly no video by its first bytes; everything else is for the decoder to say. */
const checkFile = (path: string): void => {
  const first = firstBytes(path);
  if (first.length === 0) throw new UsageError(`${path} is empty: it is no video`);
  const isText = first.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  if (isText) throw new UsageError(`${path} is text, not a video`);
};

/** Undefined when somebody answers on the camera's port. */
const unreachable = (host: string, port: number): Promise<string | undefined> =>
  new Promise((done) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    const finish = (problem?: string): void => {
      socket.destroy();
      done(problem);
    };
    socket.once('connect', () => finish());
    socket.once('timeout', () => finish('no answer'));
    socket.once('error', (error) => finish('code' in error ? String(error.code) : error.message));
  });

const checkRtsp = async (url: string): Promise<string | undefined> => {
  // The last @ ends the credentials, which may hold characters that no URL allows.
  const rest = url.slice(url.indexOf('://') + 3);
  const address = /^(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?/.exec(rest.slice(rest.lastIndexOf('@') + 1));
  const host = address?.[1]?.replace(/^\[|\]$/g, '');
  if (!host)
    throw new UsageError('the RTSP address has no host: write rtsp://[user:password@]host[:port]/path');
  const port = Number(address?.[2] ?? rtspPort);
  const problem = await unreachable(host, port);
  return (
    problem &&
    `${host}:${port} cannot be reached now (${problem}); the camera is added and will be tried again`
  );
};

/** Guesses what a source is and checks what can be checked now. Throws UsageError, saying what to do. */
export const inspectSource = async (text: string): Promise<TypedSource> => {
  if (/^rtsps?:\/\//i.test(text)) return { kind: 'rtsp', url: text, warning: await checkRtsp(text) };
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1];
  if (scheme !== undefined)
    throw new UsageError(
      `a source cannot be ${scheme}://…: give rtsp://…, a video file or a folder of pictures`,
    );
  const path = resolve(text);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`${text} does not exist: check the path, or give rtsp://…`);
  if (found.isDirectory()) {
    checkFolder(path);
    return { kind: 'images', url: path, warning: undefined };
  }
  if (!found.isFile()) throw new UsageError(`${text} is neither a file nor a folder`);
  checkFile(path);
  return { kind: 'file', url: path, warning: undefined };
};
