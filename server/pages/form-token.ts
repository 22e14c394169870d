import { createHash, randomBytes } from 'node:crypto';
import type { Idempotency } from '../../domain/idempotency.ts';
import type { PageDeps } from './deps.ts';
import type { Visit } from './page-router.ts';

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

/**
 * The same form with the same content, from the same browser and login, is the same request: whoever finds a form that
 * somebody else has sent is told nothing of what that did. Filled in anew, as after going back, it is another one.
 */
export function formIdempotency(
  { csrf }: Pick<PageDeps, 'csrf'>,
  { form, req }: Pick<Visit, 'form' | 'req'>,
  name: string,
  content: unknown,
): Idempotency {
  const browser = createHash('sha256')
    .update(csrf.browserOf(req) ?? '')
    .digest('base64url');
  return sameForm(`${name}:${browser}`, formToken(form), content);
}

/** A form that is sent twice by whoever `name` names is one request. */
export function sameForm(name: string, token: string, content: unknown): Idempotency {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest();
  return {
    scope: `${name}:${hash.toString('hex')}`,
    key: token,
    requestHash: Uint8Array.from(hash),
  };
}
