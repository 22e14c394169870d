import { createHmac } from 'node:crypto';
import type { FlowDeps } from './deps.ts';

const MAX_UNDER_WAY = 32;
const VISITOR_BYTES = 16;
const ROBOT = /bot\b|crawl|spider|slurp|headless|monitor/i;

export interface Visitor {
  address: string;
  userAgent: string | undefined;
}

let underWay = 0;

/**
 * Counts that somebody looked at a listing today (UTC). Whom the day's key hides: the same visitor is one a day, another
 * the next, and none by name. The answer to the visitor never waits for it or fails by it; robots that say so are left
 * out, and so is whoever comes when too many are being counted.
 */
export function recordView(
  { prisma, keys, log }: Pick<FlowDeps, 'prisma' | 'keys' | 'log'>,
  listingId: string,
  { address, userAgent = '' }: Visitor,
): void {
  if (ROBOT.test(userAgent) || underWay >= MAX_UNDER_WAY) return;
  const day = new Date().toISOString().slice(0, 10);
  const visitor = createHmac('sha256', keys.derive(`visitors/${day}`))
    .update(JSON.stringify([address, userAgent]))
    .digest()
    .subarray(0, VISITOR_BYTES);
  underWay += 1;
  prisma.listingView
    .createMany({
      data: { listingId, day: new Date(day), visitor: Uint8Array.from(visitor) },
      skipDuplicates: true,
    })
    .catch((err: unknown) => log.warn({ err, listingId }, 'a view was not counted'))
    .finally(() => {
      underWay -= 1;
    });
}
