import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Operation } from '../contract/operation.ts';
import type { Limiter } from '../ports/limiter.ts';
import { accessLog } from './access-log.ts';
import { conditional } from './conditional.ts';
import { crossOrigin } from './cors.ts';
import { limitAddresses, limitSellers } from './limits.ts';
import { measured } from './measured.ts';
import type { Authenticate } from './operate.ts';
import { operationTable, otherMethods } from './operation-table.ts';
import { notFound, problemHandler } from './problem.ts';
import { requestId } from './request-id.ts';
import { traced } from './traced.ts';

export interface FrameOptions {
  operations: readonly Operation[];
  log: Logger;
  limiter: Limiter;
  authenticate: Authenticate;
  /** Sites whose scripts may call with an API key. */
  corsOrigins: readonly string[];
  /** Whose X-Forwarded-For is believed: addresses and networks of our own proxies. */
  trustedProxies: readonly string[];
}

/**
 * What every HTTP interface of ours has around its routes: request ids, a log, safe headers, limits, and problem
 * documents for all that goes wrong.
 *
 * @param routes are given an `authenticate` that keeps to the limits of sellers
 */
export function frame(
  options: FrameOptions,
  routes: (authenticate: Authenticate) => RequestHandler[],
): Express {
  const { log, limiter } = options;
  const table = operationTable(options.operations);
  const app = express();
  app.set('query parser', 'simple');
  app.set('trust proxy', [...options.trustedProxies]);
  app.use(
    measured(table),
    requestId,
    traced(table),
    accessLog(log),
    safeHeaders,
    crossOrigin(table, options.corsOrigins),
  );
  app.use(conditional, otherMethods(table), limitAddresses(limiter, table));
  app.use(...routes(limitSellers(limiter, table, options.authenticate)));
  app.use(notFound, problemHandler(log));
  return app;
}

// For answers that are data: whatever a browser takes them for, it loads, runs and frames nothing.
const safeHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'cross-origin' },
});
