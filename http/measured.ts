import type { Request, RequestHandler } from 'express';
import { tell } from '../ports/measures.ts';
import type { OperationTable } from './operation-table.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** nginx's number for a caller that did not wait for the answer. */
const CALLER_GONE = 499;

/** Tells of each request when it is over: of an event stream, when it ends. */
export function measured(table: OperationTable): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = performance.now();
    res.once('close', () => {
      const method = METHODS.has(req.method) ? req.method : 'other';
      const status = res.writableFinished ? res.statusCode : CALLER_GONE;
      const seconds = (performance.now() - startedAtMs) / 1000;
      tell('request', { method, route: routeOf(req, table), status, seconds });
    });
    next();
  };
}

/** The template of what was asked for, so that nobody can make up another by asking: `none` where there is nothing. */
export function routeOf(req: Request, table: OperationTable): string {
  const operation = table.find(req);
  if (operation) return operation.path;
  const path: unknown = req.route?.path;
  return typeof path === 'string' ? path.replace(/[:*](\w+)/g, '{$1}') : 'none';
}
