import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyIdOf, openSecret, sealSecret } from './index.ts';

const key = randomBytes(32);

describe('credentials', () => {
  test('open again with the same key for the same camera', () => {
    for (const plain of ['user:password', '', 'ü:ß@#/ 🙂'])
      expect(openSecret(sealSecret(plain, key, 'door'), key, 'door')).toBe(plain);
  });

  test('look different each time, and hold nothing of the plain text', () => {
    const sealed = [sealSecret('user:password', key, 'door'), sealSecret('user:password', key, 'door')];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(Buffer.from(sealed[0]?.split(':')[2] ?? '', 'base64').toString('latin1')).not.toContain(
      'password',
    );
  });

  test('name the key they need', () => {
    const other = randomBytes(32);
    expect(sealSecret('a:b', key, 'door')).toMatch(new RegExp(`^v1:${keyIdOf(key)}:`));
    expect(() => openSecret(sealSecret('a:b', key, 'door'), other, 'door')).toThrow(keyIdOf(other));
  });

  test.each([
    ['another camera', (sealed: string) => sealed, 'exit', /another camera/],
    ['a changed byte', (sealed: string) => `${sealed.slice(0, -5)}AAAAA`, 'door', /changed|short/],
    ['another form', () => 'user:password', 'door', /form/],
    ['too little', (sealed: string) => `${sealed.split(':').slice(0, 2).join(':')}:AAAA`, 'door', /short/],
  ])('do not open with %s', (_what, change, cameraId, message) => {
    expect(() => openSecret(change(sealSecret('user:password', key, 'door')), key, cameraId)).toThrow(
      message,
    );
  });
});
