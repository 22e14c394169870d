import type { RequestHandler } from 'express';

/**
 * Lets If-None-Match be answered with 304 also when `Cache-Control: no-cache` comes with it, as it does from `fetch`: that
 * is said to caches on the way, and there is none in here.
 */
export const conditional: RequestHandler = (req, _res, next) => {
  if (req.headers['if-none-match'] !== undefined) delete req.headers['cache-control'];
  next();
};
