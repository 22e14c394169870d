import type { Response, Router } from 'express';
import type { Operation } from '../../contract/operation.ts';
import { tailFeed } from '../../contract/operations/gateway.ts';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import { addressOf } from '../../http/limits.ts';
import { type Authenticate, type Call, operate, SENT } from '../../http/operate.ts';
import { sendProblem } from '../../http/problem.ts';
import { SealError } from '../../protocol/seal-error.ts';
import type { Feed } from '../feeds.ts';
import { NOBODY } from '../usage.ts';
import { demandPayment } from './access.ts';
import type { GatewayDeps } from './deps.ts';
import { Visit, type Visitor } from './visit.ts';

const RETRY_AFTER_SECONDS = 1;
/** Other machines read for as long as they like. */
const SEAT_RETRY_AFTER_SECONDS = 10;
const SEALED: Record<SealError['code'], string> = {
  'no-key': 'The seller has yet to hand over the key that a block is sealed with.',
  broken: 'What the seller has handed over does not open a block.',
  'read-only': 'A block cannot be opened here.',
};

/** A request of somebody who may read the feed, as long as the visit is live. */
export interface Reading<O extends Operation> extends Call<O> {
  feed: Feed;
  visit: Visit;
  /** Counts what was handed over. */
  count: (blocks: number, bytes: number) => void;
}

type Reader<O extends Operation> = (reading: Reading<O>) => Promise<Refusal | object | typeof SENT>;

/**
 * Puts an operation of the gateway on the router. An answer that is returned is sent only if the visit is live still;
 * one that is sent in parts must ask ahead of each.
 */
export function serve<const O extends Operation>(
  router: Router,
  operation: O,
  deps: GatewayDeps,
  authenticate: Authenticate,
  read: Reader<O>,
): void {
  const handle = async (call: Call<O>) => {
    const { req, res } = call;
    const visitor = call.caller as unknown as Visitor;
    const { feedId } = call.params as { feedId: string };
    const leave = enter(deps, visitor, addressOf(req));
    if (!leave) {
      res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
      sendProblem(res, 429, 'rate-limited', 'Too many requests of yours are being answered.');
      return SENT;
    }
    using visit = new Visit(deps.gate, deps.nowMs, visitor, feedId);
    const stop = () => visit.cut('stopped');
    const stopping = operation.id === tailFeed.id ? deps.ending : deps.stopping;
    stopping.addEventListener('abort', stop, { once: true });
    const over = () => {
      if (visit.end === 'too-many-connections') return tooMany(res);
      if (visit.end === 'stopped') return unavailable(res, 'This seeder is going down. Try again.');
      return demandPayment(deps, req, res, feedId, 'Your access has just ended.');
    };
    try {
      if (!visit.isLive) return await over();
      if (!(await visit.sit(addressOf(req), () => res.closed))) {
        return visit.isLive ? tooMany(res) : await over();
      }
      const feed = deps.feeds.feed(feedId);
      if (!feed) return unavailable(res, 'This seeder does not hold the feed yet.');
      res.setHeader('Cache-Control', 'private, no-store');
      const count = (blocks: number, bytes: number) =>
        deps.usage.count({ feedId, buyerKey: visitor.buyerKey, transport: 'http', blocks, bytes });
      const answer = await read({ ...call, feed, visit, count });
      return answer === SENT || visit.isLive ? answer : await over();
    } catch (error) {
      if (res.headersSent) throw error;
      if (error instanceof SealError) return unavailable(res, SEALED[error.code]);
      if (!isMissing(error)) throw error;
      return unavailable(res, 'A block has not reached this seeder yet.');
    } finally {
      stopping.removeEventListener('abort', stop);
      leave();
    }
  };
  operate(router, operation, authenticate, handle as never);
}

// Hypercore's words for what is not here: a block that does not come, a node of the tree, a core that is being closed.
const MISSING = new Set([
  'REQUEST_TIMEOUT',
  'REQUEST_CANCELLED',
  'BLOCK_NOT_AVAILABLE',
  'SESSION_CLOSED',
  'INVALID_OPERATION',
]);

function isMissing(error: unknown): boolean {
  return MISSING.has((error as { code?: string }).code ?? '');
}

function tooMany(res: Response): Refusal {
  res.setHeader('Retry-After', SEAT_RETRY_AFTER_SECONDS);
  return refuse(
    'too-many-connections',
    'Other machines read with this key, as many as its plan serves at once. Try again when one of them has ended, or buy a plan for more machines.',
  );
}

function unavailable(res: Response, detail: string): typeof SENT {
  sendProblem(res, 503, 'unavailable', detail);
  return SENT;
}

function enter(
  { turnstiles: { keys, addresses } }: GatewayDeps,
  { buyerKey }: Visitor,
  address: string,
): (() => void) | null {
  // Whoever has no key is counted by his address alone.
  const leaveKey = buyerKey === NOBODY ? noop : keys.enter(Buffer.from(buyerKey).toString('hex'));
  const leaveAddress = leaveKey && addresses.enter(address);
  if (!leaveAddress) {
    leaveKey?.();
    return null;
  }
  return () => {
    leaveKey();
    leaveAddress();
  };
}

function noop(): void {}
