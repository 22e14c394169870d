import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a secret that we need again, for storage: AES-256-GCM under a random nonce.
 *
 * @param key 32 bytes
 * @param context whose secret it is: a box opens in the context it was made in only
 * @returns nonce, ciphertext and tag
 */
export function seal(key: Uint8Array, context: string, secret: string): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Uint8Array.from(Buffer.concat([nonce, sealed, cipher.getAuthTag()]));
}

/** @throws when the box was made with another key or in another context, or was changed */
export function unseal(key: Uint8Array, context: string, box: Uint8Array): string {
  const nonce = box.subarray(0, NONCE_BYTES);
  const sealed = box.subarray(NONCE_BYTES, -TAG_BYTES);
  const cipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context)).setAuthTag(box.subarray(-TAG_BYTES));
  return Buffer.concat([cipher.update(sealed), cipher.final()]).toString('utf8');
}
