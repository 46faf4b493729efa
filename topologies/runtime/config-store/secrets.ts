import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SightlineError } from '../errors.ts';

/**
 * Encryption of camera credentials: AES-256-GCM (NIST SP 800-38D), a fresh 96-bit nonce each time, bound to the
 * camera it belongs to, so that a row copied to another camera does not open.
 * Text form: `v1:<key id>:<base64 of nonce, tag, ciphertext>`; the key id tells which key to look for, not the key.
 */
const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** Eight hex digits that name a key without giving anything of it away. */
export const keyIdOf = (key: Buffer): string =>
  createHash('sha256').update('sightline key id').update(key).digest('hex').slice(0, 8);

/** Encrypts `user:password` of a camera. */
export const sealSecret = (plain: string, key: Buffer, cameraId: string): string => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(cameraId));
  const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return `${version}:${keyIdOf(key)}:${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64')}`;
};

const unreadable = (why: string, cause?: unknown): SightlineError =>
  new SightlineError('SECRET_UNREADABLE', `the stored credentials cannot be read: ${why}`, cause);

/** Decrypts what `sealSecret` made. Throws SECRET_UNREADABLE, which says whether the key or the text is wrong. */
export const openSecret = (sealed: string, key: Buffer, cameraId: string): string => {
  const [form, keyId, body, ...rest] = sealed.split(':');
  if (form !== version || keyId === undefined || body === undefined || rest.length > 0)
    throw unreadable('they are not in the form v1:<key id>:<base64>');
  if (keyId !== keyIdOf(key))
    throw unreadable(`they were encrypted with key ${keyId}, SIGHTLINE_SECRET_KEY is key ${keyIdOf(key)}`);
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length < nonceBytes + tagBytes) throw unreadable('they are too short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(Buffer.from(cameraId))
    .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    const plain = decipher.update(bytes.subarray(nonceBytes + tagBytes));
    return Buffer.concat([plain, decipher.final()]).toString('utf8');
  } catch (error) {
    throw unreadable('they were changed, or belong to another camera', error);
  }
};
