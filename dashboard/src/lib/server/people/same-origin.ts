import type { IncomingHttpHeaders } from 'node:http';

/**
 * True when a request that may change something, or a WebSocket, comes from our own pages or from a program: browsers
 * name the page's origin on every such request, and it must be the address they reached us by.
 */
export const isSameOrigin = (headers: IncomingHttpHeaders, publicUrl: URL | null): boolean => {
  const { origin, host } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
  if (!URL.canParse(origin)) return false;
  return publicUrl ? origin === publicUrl.origin : new URL(origin).host === host;
};
