import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import cookieParser from 'cookie-parser';
import { doubleCsrf } from 'csrf-csrf';
import type { Request, RequestHandler, Response } from 'express';
import { sendProblem } from '../../http/problem.ts';
import type { ServerDeps } from '../deps.ts';

export interface Csrf {
  /** Has to run before the others: the token is checked against a cookie. */
  cookies: RequestHandler;
  /** A token for the forms of this answer. Sets the cookie that belongs to it. */
  tokenFor(req: Request, res: Response): string;
  /** What tells this browser from others, also while it has no session; null when it has been sent no form yet. */
  browserOf(req: Request): string | null;
  /** Lets a form through that carries the token of this browser. */
  check: RequestHandler;
}

const SALT_BYTES = 16;

/**
 * Tokens in forms (signed double submit, OWASP), beside SameSite and the check of Origin. A browser that has no session
 * has a token too, and leaves no row behind; one that logs in gets another. A form carries a mark of the cookie's value,
 * another one in each answer: how small an answer gets tells nothing of it (BREACH), and a page that was saved or shown
 * to somebody does not have what the browser is known by.
 */
export function csrfTokens({ keys, origin }: Pick<ServerDeps, 'keys' | 'origin'>): Csrf {
  const secret = keys.derive('csrf').toString('base64url');
  const secure = origin().startsWith('https:');
  const cookieName = secure ? '__Host-dazaar-csrf' : 'dazaar-csrf';
  const mark = (salt: string, cookie: string) =>
    createHmac('sha256', secret).update(`mark ${salt} ${cookie}`).digest();
  const cookieMarkedBy = (cookie: unknown, sent: unknown): string | undefined => {
    if (typeof cookie !== 'string' || typeof sent !== 'string') return undefined;
    const [salt = '', text = ''] = sent.split('.');
    const [expected, marked] = [mark(salt, cookie), Buffer.from(text, 'base64url')];
    if (marked.byteLength !== expected.byteLength) return undefined;
    return timingSafeEqual(marked, expected) ? cookie : undefined;
  };
  const { generateCsrfToken, validateRequest } = doubleCsrf({
    getSecret: () => secret,
    getSessionIdentifier: ({ session }) => session?.sellerId ?? 'nobody',
    cookieName,
    cookieOptions: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
    getCsrfTokenFromRequest: (req) =>
      cookieMarkedBy(req.cookies?.[cookieName], req.body?.csrf ?? req.get('X-CSRF-Token')),
  });
  return {
    cookies: cookieParser(),
    tokenFor(req, res) {
      const cookie = generateCsrfToken(req, res, { overwrite: false, validateOnReuse: false });
      const salt = randomBytes(SALT_BYTES).toString('base64url');
      return `${salt}.${mark(salt, cookie).toString('base64url')}`;
    },
    browserOf: ({ cookies }) => cookies?.[cookieName] ?? null,
    check(req, res, next) {
      if (validateRequest(req)) return next();
      const detail =
        'The form was open for too long, or this browser keeps no cookies. Go back, reload the page and send it again.';
      sendProblem(res, 403, 'forbidden', detail);
    },
  };
}
