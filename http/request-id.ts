import { randomUUIDv7 } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { logContext } from '../ports/log-context.ts';

const SANE = /^[\w.-]{8,64}$/;

/**
 * Gives each request an id, the caller's own if it is a sane one, and sends it back. Whatever is logged on the request's
 * behalf names it.
 */
export const requestId: RequestHandler = (req, res, next) => {
  const sent = req.get('Request-Id') ?? '';
  const id = SANE.test(sent) ? sent : randomUUIDv7();
  res.setHeader('Request-Id', id);
  logContext.run({ requestId: id }, next);
};

/** The id of the request that is answered. */
export function requestIdOf(res: Response): string {
  return String(res.getHeader('Request-Id'));
}
