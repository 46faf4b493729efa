import { describe, expect, it } from 'vitest';
import { isSameOrigin } from './same-origin.ts';

const behindProxy = new URL('https://sightline.example');

describe('who may change something', () => {
  it.each<[string, Record<string, string>, URL | null, boolean]>([
    ['our own page', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, null, true],
    ['a program without a browser', { host: '127.0.0.1:8080' }, null, true],
    ['another site', { host: '127.0.0.1:8080', origin: 'https://elsewhere.example' }, null, false],
    ['another port', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9090' }, null, false],
    ['a sandboxed page', { host: '127.0.0.1:8080', origin: 'null' }, null, false],
    ['another site that hides', { host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site' }, null, false],
    ['our page behind a proxy', { host: 'inner:1', origin: 'https://sightline.example' }, behindProxy, true],
    ['the inner address behind a proxy', { host: 'inner:1', origin: 'http://inner:1' }, behindProxy, false],
  ])('%s', (_, headers, publicUrl, expected) => {
    expect(isSameOrigin(headers, publicUrl)).toBe(expected);
  });
});
