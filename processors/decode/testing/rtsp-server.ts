import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const python = '/usr/bin/python3';
const script = new URL('./rtsp-server.py', import.meta.url).pathname;

/** Empty when GStreamer's server can run here; otherwise what to install. */
export const rtspMissing = (): string => {
  const check =
    'import gi; gi.require_version("Gst","1.0"); gi.require_version("GstRtspServer","1.0");' +
    'from gi.repository import Gst, GstRtspServer; Gst.init(None);' +
    'assert Gst.ElementFactory.find("x264enc") and Gst.ElementFactory.find("rtph264pay")';
  const found = spawnSync(python, ['-c', check]).status === 0;
  return found
    ? ''
    : 'apt-get install gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad ' +
        'gstreamer1.0-plugins-ugly python3-gi gir1.2-gst-rtsp-server-1.0';
};

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
};

/** A camera at rtsp://127.0.0.1:<port>/camera; resolves when it listens. The caller kills it. */
export const startRtspServer = async (
  port: number,
  options: readonly string[] = [],
): Promise<ChildProcess> => {
  const server = spawn(python, [script, String(port), ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(server.stdout, 'data');
  return server;
};
