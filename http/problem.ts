import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import type { Problem } from '../contract/index.ts';
import { STATUS_OF } from '../contract/refusals.ts';
import type { Refusal } from '../domain/refusal.ts';

const RETRY_AFTER_SECONDS = 5;

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authenticated',
  402: 'Payment required',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Refused',
  428: 'If-Match needed',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available right now',
};

/** Sends an RFC 9457 problem document. */
export function sendProblem(
  res: Response,
  status: number,
  code: string,
  detail?: string,
  errors?: Problem['errors'],
): void {
  const title = TITLES[status] ?? 'Error';
  const problem: Problem = { type: `urn:dazaar:problem:${code}`, title, status, code };
  if (detail) problem.detail = detail;
  if (errors) problem.errors = errors;
  if (status === 503) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  res.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Answers a refusal of the business with the status that belongs to it. */
export function sendRefusal(res: Response, refusal: Refusal): void {
  sendProblem(res, STATUS_OF[refusal.refused], refusal.refused, refusal.detail);
}

export const notFound: RequestHandler = (req, res) => {
  sendProblem(res, 404, 'not-found', `There is nothing at ${req.method} ${req.path}.`);
};

/** Maps what was thrown: bad input to 4xx, parts of ours that are away to 503, the rest to 500 with a log line. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof ZodError) return sendInvalid(res, error);
    const status = clientStatus(error);
    if (status) return sendProblem(res, status, 'bad-request', (error as Error).message);
    if (isUnstorable(error)) {
      return sendProblem(res, 400, 'invalid', 'A text has characters that cannot be stored.');
    }
    if (isAway(error)) {
      log.warn({ err: error, path: req.path }, 'a part is away');
      return sendProblem(
        res,
        503,
        'unavailable',
        'A part of the market does not answer. Nothing was done.',
      );
    }
    log.error({ err: error, path: req.path }, 'request failed');
    sendProblem(res, 500, 'internal', 'Something broke on our side. It was logged.');
  };
}

function sendInvalid(res: Response, error: ZodError): void {
  const errors = error.issues.map((issue) => ({
    pointer: `#/${issue.path.map(String).join('/')}`,
    detail: issue.message,
  }));
  const first = errors[0];
  sendProblem(res, 400, 'invalid', first && `${first.pointer}: ${first.detail}`, errors);
}

// What Express and its body parsers throw carries the status that it means.
function clientStatus(error: unknown): number | undefined {
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

// Postgres keeps neither NUL in text nor NUL and unpaired surrogates in JSON: 22021, 22P02, 22P05.
function isUnstorable(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'P2007' || (code === 'P2039' && /\b22(021|P02|P05)\b/.test(message ?? ''));
}

function isAway(error: unknown): boolean {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === 'NodeUnreachable' || name === 'PrismaClientInitializationError') return true;
  if (['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'ECONNREFUSED'].includes(code ?? ''))
    return true;
  return /ECONNREFUSED|Connection terminated|timeout exceeded when trying to connect/.test(
    message ?? '',
  );
}
