import { randomUUIDv7 } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const SANE = /^[\w.-]{8,64}$/;

/** Gives each request an id, the caller's own if it is a sane one, and sends it back. */
export const requestId: RequestHandler = (req, res, next) => {
  const sent = req.get('Request-Id') ?? '';
  res.setHeader('Request-Id', SANE.test(sent) ? sent : randomUUIDv7());
  next();
};

/** The id of the request that is answered. */
export function requestIdOf(res: Response): string {
  return String(res.getHeader('Request-Id'));
}
