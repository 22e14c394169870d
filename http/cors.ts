import cors from 'cors';
import type { Request, RequestHandler } from 'express';
import type { OperationTable } from './operation-table.ts';

const EXPOSED = [
  'Accept-Ranges',
  'Content-Range',
  'Dazaar-Blob',
  'Dazaar-Core-Key',
  'Dazaar-Length',
  'Dazaar-Proof',
  'Dazaar-Range',
  'ETag',
  'Location',
  'Link',
  'Request-Id',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
];
const MAX_AGE_SECONDS = 600;

const OPEN_TO_ALL = new Set(['public', 'buyer']);

/**
 * Which scripts of other sites may call: any, what needs no seller; those of `trusted` origins, also with an API key.
 * A session is for our own pages: no answer allows credentials, so browsers send no cookie.
 */
export function crossOrigin(table: OperationTable, trusted: readonly string[]): RequestHandler {
  return cors<Request>((req, decide) => {
    const method = req.headers['access-control-request-method'] ?? req.method;
    const operation = table.find({ method, path: req.path });
    const open = operation !== undefined && OPEN_TO_ALL.has(operation.access);
    const origin = open ? '*' : [...trusted];
    decide(null, {
      origin,
      exposedHeaders: EXPOSED,
      maxAge: MAX_AGE_SECONDS,
      preflightContinue: true,
    });
  });
}
