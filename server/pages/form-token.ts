import { createHash, randomBytes } from 'node:crypto';
import type { Idempotency } from '../../domain/idempotency.ts';

const TOKEN_BYTES = 16;
const SHAPE = /^[\w-]{22}$/;

/** A token for a form that must not do a thing twice, however often it is sent. */
export function newFormToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** The token that a form came with, or a new one when it has none. */
export function formToken(form: Record<string, string>): string {
  const { token = '' } = form;
  return SHAPE.test(token) ? token : newFormToken();
}

/** The same form with the same content is the same request; filled in anew, as after going back, it is another one. */
export function formIdempotency(name: string, token: string, content: unknown): Idempotency {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest();
  return {
    scope: `${name}:${hash.toString('hex')}`,
    key: token,
    requestHash: Uint8Array.from(hash),
  };
}
