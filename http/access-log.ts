import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { requestIdOf } from './request-id.ts';

/** One line a request. Neither query nor headers are logged: tokens, cookies and keys stand there. */
export function accessLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = performance.now();
    const { method, path } = req;
    res.once('close', () => {
      const ms = Math.round(performance.now() - startedAtMs);
      const status = res.writableFinished ? res.statusCode : 'aborted';
      log.info({ requestId: requestIdOf(res), method, path, status, ms }, 'request');
    });
    next();
  };
}
