import { expect, test } from 'vitest';
import { splitSource } from './index.ts';

test.each([
  ['rtsp://host:554/a', 'rtsp://host:554/a', null],
  ['rtsp://user:pass@host:554/a', 'rtsp://host:554/a', 'user:pass'],
  ['rtsp://user@host/a', 'rtsp://host/a', 'user'],
  ['rtsp://user:p%40ss@host/a', 'rtsp://host/a', 'user:p@ss'],
  ['rtsp://user:p@ss@host/a', 'rtsp://host/a', 'user:p@ss'],
  ['rtsp://user:p/ss#1@host:554/a', 'rtsp://host:554/a', 'user:p/ss#1'],
  ['rtsp://admin:p@ss/w@10.0.0.1/a', 'rtsp://10.0.0.1/a', 'admin:p@ss/w'],
  ['rtsp://user:100%@10.0.0.1/a', 'rtsp://10.0.0.1/a', 'user:100%'],
  ['rtsp://user:x@[fe80::1]:554/a', 'rtsp://[fe80::1]:554/a', 'user:x'],
  ['rtsp://host/a?mail=me@example.com', 'rtsp://host/a?mail=me@example.com', null],
  ['rtsp://host:554/a@b', 'rtsp://host:554/a@b', null],
  ['/videos/me@home.mp4', '/videos/me@home.mp4', null],
])('splits %s', (text, url, credentials) => {
  expect(splitSource(text)).toEqual({ url, credentials });
});
