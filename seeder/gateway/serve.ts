import type { Router } from 'express';
import type { Operation } from '../../contract/operation.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { addressOf } from '../../http/limits.ts';
import { type Authenticate, type Call, operate, SENT } from '../../http/operate.ts';
import { sendProblem } from '../../http/problem.ts';
import type { Feed } from '../feeds.ts';
import { demandPayment } from './access.ts';
import type { GatewayDeps } from './deps.ts';
import { Visit, type Visitor } from './visit.ts';

const RETRY_AFTER_SECONDS = 1;

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
    deps.stopping.addEventListener('abort', stop, { once: true });
    try {
      const feed = deps.feeds.feed(feedId);
      if (!feed) {
        sendProblem(res, 503, 'unavailable', 'This seeder does not hold the feed yet.');
        return SENT;
      }
      res.setHeader('Cache-Control', 'private, no-store');
      const count = (blocks: number, bytes: number) =>
        deps.usage.count(feedId, visitor.buyerKey, 'http', blocks, bytes);
      const answer = await read({ ...call, feed, visit, count });
      if (answer === SENT || visit.isLive) return answer;
      return demandPayment(deps, req, res, feedId, 'Your access has just ended.');
    } finally {
      deps.stopping.removeEventListener('abort', stop);
      leave();
    }
  };
  operate(router, operation, authenticate, handle as never);
}

function enter(
  { turnstiles: { keys, addresses } }: GatewayDeps,
  { buyerKey }: Visitor,
  address: string,
): (() => void) | null {
  const leaveKey = keys.enter(Buffer.from(buyerKey).toString('hex'));
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
