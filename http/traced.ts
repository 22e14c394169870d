import { once } from 'node:events';
import type { Request, RequestHandler } from 'express';
import { inSpan, isTracing, markFailed } from '../ports/trace.ts';
import { routeOf } from './measured.ts';
import type { OperationTable } from './operation-table.ts';
import { requestIdOf } from './request-id.ts';

/** Makes each request a span, named by its route: a path may hold anything. */
export function traced(table: OperationTable): RequestHandler {
  return (req, res, next) => {
    if (!isTracing()) return next();
    const attributes = {
      'http.request.method': req.method,
      'dazaar.request_id': requestIdOf(res),
    };
    void inSpan('request', { kind: 'server', parent: parentOf(req), attributes }, async (span) => {
      const closed = once(res, 'close');
      next();
      await closed;
      const route = routeOf(req, table);
      span.updateName(`${req.method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': res.statusCode });
      if (res.statusCode >= 500) markFailed(span, null);
    });
  };
}

/**
 * The trace that one of our own proxies has begun. What anybody else sends is passed over: whoever could choose the
 * trace could have the orders of many buyers look like one, or none of them be recorded.
 */
function parentOf(req: Request): string | null {
  const trusts = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const isOurs = trusts(req.socket.remoteAddress ?? '', 0);
  return isOurs ? (req.get('traceparent') ?? null) : null;
}
