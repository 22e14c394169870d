import { json, type Request, type RequestHandler } from 'express';
import { checkJsonBytes, isTooDeep } from './json-limits.ts';
import { sendProblem } from './problem.ts';

const BODY_TIMEOUT_MS = 15_000;

/** Reads a JSON body of at most `limit` bytes, unpacked, within a bounded time. */
export function jsonBody(limit: number): RequestHandler[] {
  const verify = (_req: unknown, _res: unknown, bytes: Buffer, charset: string) =>
    checkJsonBytes(bytes, charset);
  return [withinTime(json({ limit, strict: false, verify })), shallow];
}

/**
 * A reader of bodies that is given a bounded time: whoever sends a byte now and then would hold what is kept for his
 * request for as long as he likes.
 */
export function withinTime(read: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const timer = setTimeout(() => {
      res.setHeader('Connection', 'close');
      sendProblem(
        res,
        408,
        'too-slow',
        `The body did not come within ${BODY_TIMEOUT_MS / 1000} s.`,
      );
      res.once('finish', () => req.destroy());
    }, BODY_TIMEOUT_MS);
    read(req, res, (error?: unknown) => {
      clearTimeout(timer);
      if (!res.headersSent) next(error);
    });
  };
}

const shallow: RequestHandler = (req, res, next) => {
  if (req.body === undefined && hasBody(req)) {
    const detail = 'Send the body as application/json.';
    return sendProblem(res, 415, 'unsupported-media-type', detail);
  }
  if (isTooDeep(req.body)) {
    return sendProblem(res, 400, 'too-deep', 'The body nests deeper than 32 levels.');
  }
  next();
};

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
