import type { Request, RequestHandler } from 'express';
import { refuse } from '../domain/refusal.ts';
import { sendRefusal } from '../http/problem.ts';
import type { ServerDeps } from './deps.ts';
import { hasSessionCookie } from './session.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Here a session begins: a foreign page could log its visitor into somebody else's account. */
const STARTS_SESSION = /^\/(v1\/(accounts|session|lnurl-auth)|login(\/wallet)?|register)\/?$/i;

/**
 * Keeps the pages of other origins from acting with a browser's session (CSRF). What changes something and comes with a
 * session cookie must say that it comes from the configured origin, whatever the Host header claims (A40).
 */
export function sameOrigin(origin: ServerDeps['origin']): RequestHandler {
  return (req, res, next) => {
    if (SAFE_METHODS.has(req.method) || isAllowed(req, origin)) return next();
    sendRefusal(
      res,
      refuse('foreign-origin', `With a session, send this from a page of ${origin()}.`),
    );
  };
}

function isAllowed(req: Request, origin: ServerDeps['origin']): boolean {
  const from = whereFrom(req, origin());
  if (from === 'own') return true;
  if (hasSessionCookie(req, origin)) return false;
  return from === 'unsaid' || !STARTS_SESSION.test(req.path);
}

// Browsers send Origin with all that is not GET or HEAD; Sec-Fetch-Site is for those that leave it out.
function whereFrom(req: Request, own: string): 'own' | 'foreign' | 'unsaid' {
  const sent = req.get('Origin');
  if (sent !== undefined) return sent === own ? 'own' : 'foreign';
  const site = req.get('Sec-Fetch-Site');
  if (site === undefined) return 'unsaid';
  return site === 'same-origin' ? 'own' : 'foreign';
}
