import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { idempotencyKey } from '../contract/idempotency.ts';
import type { Access, Operation } from '../contract/operation.ts';
import type { Idempotency } from '../domain/idempotency.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { faultsIn, InvalidInput, readInput } from './input.ts';
import { jsonBody } from './json-body.ts';
import { sendProblem, sendRefusal } from './problem.ts';
import { closeIfUnread, uploadFault } from './upload.ts';

const BODY_LIMIT_BYTES = 64 * 1024;

const idempotencyHeader = z.object({ 'Idempotency-Key': idempotencyKey });

/** What a handler returns when it has answered by itself: a stream, a file, a redirection. */
export const SENT = Symbol('sent');

/** Who calls, as far as the operation's access asks for it. */
export interface SellerCaller {
  sellerId: string;
  /** The API key's id; null for a session. */
  apiKeyId: string | null;
}
export interface BuyerCaller {
  buyerKey: Uint8Array<ArrayBuffer>;
}
export type CallerOf<A extends Access> = A extends 'public'
  ? null
  : A extends 'buyer'
    ? BuyerCaller
    : SellerCaller;

/** Why a caller is not let through: 401 without a valid credential, 403 with one that does not go so far. */
export interface Denial {
  status: 401 | 403;
  code: string;
  detail: string;
  /** The WWW-Authenticate header of a 401. */
  challenge?: string;
}

/** Finds out who calls, or answers by itself. Public operations are never asked about. */
export type Authenticate = (
  req: Request,
  res: Response,
  access: Exclude<Access, 'public'>,
) => Promise<SellerCaller | BuyerCaller | Denial | typeof SENT>;

type Parsed<S> = S extends z.ZodType ? z.output<S> : Record<string, never>;

export interface Call<O extends Operation> {
  params: Parsed<O['params']>;
  query: Parsed<O['query']>;
  headers: Parsed<O['headers']>;
  body: Parsed<O['body']>;
  caller: CallerOf<O['access']>;
  /** null unless the operation takes a key and the caller sent one. */
  idempotency: O['idempotency'] extends 'required' ? Idempotency : Idempotency | null;
  req: Request;
  res: Response;
}

type Answer<O extends Operation> = O['success'] extends { body: infer B extends z.ZodType }
  ? z.input<B>
  : undefined;

/** Carries out one operation: parsed input in, the answer's body, a refusal or {@link SENT} out. */
export type Handler<O extends Operation> = (
  call: Call<O>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a body returns nothing
) => Promise<Answer<O> | Refusal | typeof SENT | void>;

/** Puts an operation on the router: access, input, idempotency, the handler and its answer. */
export function operate<const O extends Operation>(
  router: Router,
  operation: O,
  authenticate: Authenticate,
  handler: Handler<O>,
): void {
  const steps: RequestHandler[] = [];
  if (operation.body) steps.push(...jsonBody(operation.bodyLimitBytes ?? BODY_LIMIT_BYTES));
  router[operation.method](expressPath(operation.path), async (req, res, next) => {
    const caller = await identify(operation, authenticate, req, res);
    if (caller === DENIED) return;
    // The body is read only after the caller is known: a stranger's megabytes are nobody's work.
    await inOrder(steps, req, res);
    if (res.headersSent) return;
    if (operation.upload) closeIfUnread(req, res);
    const fault = operation.upload && uploadFault(operation.upload, req);
    if (fault) return sendProblem(res, 415, 'unsupported-media-type', fault);
    const params = operation.params?.safeParse(joined(req.params));
    if (params && !params.success) return next();
    const result = await handler({
      params: params?.data ?? {},
      ...readInput(operation, req),
      caller,
      idempotency: idempotencyOf(operation, req, caller),
      req,
      res,
    } as Call<O>);
    if (result === SENT) return;
    if (result && isRefusal(result)) return sendRefusal(res, result);
    res.status(operation.success.status);
    if (result === undefined) res.end();
    else res.json(result);
  });
}

/** `/v1/a/{b}/{c+}` as Express writes it: `/v1/a/:b/*c`. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\+\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
}

/** Express cuts what `{path+}` matches at its slashes. */
function joined(params: Record<string, string | string[]>): Record<string, string> {
  const entries = Object.entries(params);
  return Object.fromEntries(entries.map(([name, value]) => [name, [value].flat().join('/')]));
}

const DENIED = Symbol('denied');

async function identify(
  operation: Operation,
  authenticate: Authenticate,
  req: Request,
  res: Response,
): Promise<SellerCaller | BuyerCaller | null | typeof DENIED> {
  if (operation.access === 'public') return null;
  const caller = await authenticate(req, res, operation.access);
  if (caller === SENT) return DENIED;
  if (!('status' in caller)) return caller;
  if (caller.challenge) res.setHeader('WWW-Authenticate', caller.challenge);
  sendProblem(res, caller.status, caller.code, caller.detail);
  return DENIED;
}

async function inOrder(steps: RequestHandler[], req: Request, res: Response): Promise<void> {
  for (const step of steps) {
    if (res.headersSent) return;
    await new Promise<void>((resolve, reject) => {
      const answered = () => resolve();
      res.once('finish', answered);
      step(req, res, (error?: unknown) => {
        res.off('finish', answered);
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

function idempotencyOf(
  { id, idempotency }: Operation,
  req: Request,
  caller: SellerCaller | BuyerCaller | null,
): Idempotency | null {
  if (!idempotency) return null;
  const sent = req.get('Idempotency-Key');
  if (sent === undefined && idempotency === 'optional') return null;
  const read = idempotencyHeader.safeParse({ 'Idempotency-Key': sent });
  if (!read.success) throw new InvalidInput(faultsIn('header', read.error));
  const text = JSON.stringify([req.originalUrl, req.body ?? null]);
  return {
    scope: `${id}:${nameOf(caller)}`,
    key: read.data['Idempotency-Key'],
    requestHash: Uint8Array.from(createHash('sha256').update(text).digest()),
  };
}

function nameOf(caller: SellerCaller | BuyerCaller | null): string {
  if (!caller) return 'public';
  return 'sellerId' in caller ? caller.sellerId : Buffer.from(caller.buyerKey).toString('hex');
}
