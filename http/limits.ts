import type { Request, RequestHandler, Response } from 'express';
import ipaddr from 'ipaddr.js';
import type { Operation } from '../contract/operation.ts';
import type { LimitName } from '../domain/limit.ts';
import type { Allowance, Limiter } from '../ports/limiter.ts';
import { type Authenticate, SENT } from './operate.ts';
import type { OperationTable } from './operation-table.ts';
import { sendProblem } from './problem.ts';

const KIB = 1024;
const SIXTY_FOUR_BITS = 8;

/** Limits each address: reading and writing in general, and what costs us more by itself. */
export function limitAddresses(limiter: Limiter, table: OperationTable): RequestHandler {
  return async (req, res, next) => {
    const operation = table.find(req);
    if (!operation) return next();
    const allowance = await limiter.take(limitOf(operation), addressOf(req));
    if (pass(res, allowance)) next();
  };
}

/** Limits each seller, whatever the address: requests in general, and uploads by their bytes. */
export function limitSellers(
  limiter: Limiter,
  table: OperationTable,
  authenticate: Authenticate,
): Authenticate {
  return async (req, res, access) => {
    const caller = await authenticate(req, res, access);
    if (caller === SENT || !('sellerId' in caller)) return caller;
    const isUpload = table.find(req)?.upload !== undefined;
    const allowance = await limiter.take(isUpload ? 'uploads' : 'sellers', caller.sellerId);
    if (!pass(res, allowance)) return SENT;
    if (isUpload) countBytes(limiter, caller.sellerId, req);
    return caller;
  };
}

/** Whether a request may go on; tells what is left, and answers with 429 if it may not. */
export function pass(res: Response, allowance: Allowance): boolean {
  tell(res, allowance);
  if (!allowance.allowed) sendProblem(res, 429, 'rate-limited', detailOf(allowance));
  return allowance.allowed;
}

/** Whom a request counts for: an IPv4 address, or the /64 that one IPv6 subscriber has. */
export function addressOf({ ip = '' }: Pick<Request, 'ip'>): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return Buffer.from(address.toByteArray().slice(0, SIXTY_FOUR_BITS)).toString('hex');
}

function limitOf({ limit, access, method }: Operation): LimitName {
  if (limit) return limit;
  if (access !== 'public' && access !== 'buyer') return 'addresses';
  return method === 'get' ? 'reads' : 'writes';
}

/** Counts what an upload weighs. That is known when it is over; the next one finds it counted. */
export function countBytes(limiter: Limiter, sellerId: string, req: Request): void {
  const { socket } = req;
  const before = socket.bytesRead;
  req.once('close', () => {
    const kib = Math.floor((socket.bytesRead - before) / KIB);
    if (kib > 0) void limiter.take('uploads', sellerId, kib);
  });
}

// draft-ietf-httpapi-ratelimit-headers-10: both are lists, an item for each limit that counts here.
function tell(
  res: Response,
  { name, amount, windowSeconds, remaining, resetMs, allowed }: Allowance,
): void {
  const seconds = Math.ceil(resetMs / 1000);
  res.appendHeader('RateLimit-Policy', `"${name}";q=${amount};w=${windowSeconds}`);
  res.appendHeader('RateLimit', `"${name}";r=${allowed ? remaining : 0};t=${seconds}`);
  if (!allowed) res.setHeader('Retry-After', Math.max(seconds, 1));
}

function detailOf({ name, amount, windowSeconds, resetMs }: Allowance): string {
  const unit = name === 'uploads' ? 'KiB' : 'requests';
  const seconds = Math.ceil(resetMs / 1000);
  return `More than ${amount} ${unit} (${name}) in ${windowSeconds} s. Try again in ${seconds} s.`;
}
