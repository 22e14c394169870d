import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import type { Problem } from '../contract/index.ts';
import { problemTitle, problemType } from '../contract/problem-codes.ts';
import { STATUS_OF } from '../contract/refusals.ts';
import type { Refusal } from '../domain/refusal.ts';
import { tell } from '../ports/measures.ts';
import { faultsIn, InvalidInput } from './input.ts';
import { requestIdOf } from './request-id.ts';

const RETRY_AFTER_SECONDS = 5;
const MAX_FAULTS = 20;

type Teller = (problem: Problem) => Promise<void>;

const TELLER = Symbol('teller');

/** Has what goes wrong with a request told in another way: `tell` sends the answer. */
export function answerProblemsWith(res: Response, tell: Teller): void {
  res.locals[TELLER as never] = tell as never;
}

/**
 * Sends an RFC 9457 problem document.
 *
 * @param more members of its own that the problem has (section 3.2)
 */
export function sendProblem(
  res: Response,
  status: number,
  code: string,
  detail?: string,
  errors?: Problem['errors'],
  more?: object,
): void {
  const title = problemTitle(status);
  const problem: Problem = { type: problemType(code), title, status, code };
  if (detail) problem.detail = detail;
  tell('problem', { code });
  problem.instance = `urn:dazaar:request:${requestIdOf(res)}`;
  if (errors) problem.errors = errors;
  if (status === 503 || code === 'idempotency-in-flight')
    res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  const teller = res.locals[TELLER as never] as Teller | undefined;
  if (teller) return void teller(problem).catch(() => res.destroy());
  res
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem, ...more }));
}

/** Answers a refusal of the business with the status that belongs to it. */
export function sendRefusal(res: Response, refusal: Refusal): void {
  const { refused, detail, workBits } = refusal;
  const more = workBits === undefined ? undefined : { workBits };
  sendProblem(res, STATUS_OF[refused], refused, detail, undefined, more);
}

export const notFound: RequestHandler = (req, res) => {
  sendProblem(res, 404, 'not-found', `There is nothing at ${req.method} ${req.path}.`);
};

/** Maps what was thrown: bad input to 4xx, parts of ours that are away to 503, the rest to 500 with a log line. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof InvalidInput) return sendInvalid(res, error);
    if (error instanceof ZodError)
      return sendInvalid(res, new InvalidInput(faultsIn('body', error)));
    const status = clientStatus(error);
    if (status) return sendProblem(res, status, codeOf(status), (error as Error).message);
    if (isUnstorable(error)) {
      return sendProblem(res, 400, 'invalid', 'A text has characters that cannot be stored.');
    }
    if (isAway(error)) {
      log.warn({ err: error, path: req.path, requestId: requestIdOf(res) }, 'a part is away');
      return sendProblem(
        res,
        503,
        'unavailable',
        'A part of the market does not answer. Try again: with one Idempotency-Key nothing is done twice.',
      );
    }
    log.error({ err: error, path: req.path, requestId: requestIdOf(res) }, 'request failed');
    sendProblem(res, 500, 'internal', 'Something broke on our side. It was logged.');
  };
}

function sendInvalid(res: Response, { faults }: InvalidInput): void {
  const [first] = faults;
  const detail = first && `${first.in} ${first.pointer}: ${first.detail}`;
  sendProblem(res, 400, 'invalid', detail, faults.slice(0, MAX_FAULTS));
}

function codeOf(status: number): string {
  if (status === 408) return 'too-slow';
  if (status === 413) return 'too-large';
  return status === 415 ? 'unsupported-media-type' : 'bad-request';
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

interface Fault {
  name?: string;
  code?: string;
  message?: string;
  /** Of what the driver throws at the end of a transaction, and in a raw query. */
  cause?: DriverFault;
  meta?: { driverAdapterError?: { cause?: DriverFault } };
}

interface DriverFault {
  kind?: string;
  /** PostgreSQL's. */
  originalCode?: string;
}

// Of raw queries, whose errors have one code for all.
const DRIVER_AWAY = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);

function isAway(error: unknown): boolean {
  const { name, code, message, cause, meta } = error as Fault;
  if (name === 'NodeUnreachable' || name === 'PrismaClientInitializationError') return true;
  const { kind = '', originalCode = '' } = cause ?? meta?.driverAdapterError?.cause ?? {};
  if (DRIVER_AWAY.has(kind) || POSTGRES_AWAY.test(originalCode)) return true;
  if (['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'ECONNREFUSED'].includes(code ?? ''))
    return true;
  return AWAY.test(message ?? '');
}

// PostgreSQL starts, stops or takes nobody, or has no disk, memory or connection left (class 53).
const POSTGRES_AWAY = /^(57P0[123]|53\w{3})$/;

// The same in words, and what the driver says.
const AWAY =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|is not queryable|timeout exceeded when trying to connect|Code: `(57P0[123]|53\d{3})`|not (currently|yet) accepting connections/;
