import { checkGrowth, checkInvariants } from '../../test/support/invariants.ts';
import type { Shop } from '../shop.ts';
import type { Stand } from '../stand.ts';
import { judgeAccess } from './access.ts';
import { judgeFeeds } from './feeds.ts';
import { judgeMoney } from './money.ts';
import { judgePayouts } from './payouts.ts';
import { judgePromises } from './promises.ts';
import { judgeWebhooks } from './webhooks.ts';

/** Compares what callers, payers and receivers know with what the market says, once it has healed. */
export async function judge(stand: Stand, shop: Shop): Promise<void> {
  const { prisma } = stand.db;
  const checks: [string, () => Promise<void>][] = [
    ['books', () => checkInvariants(prisma, stand.lightning)],
    ['growth', () => checkGrowth(prisma)],
    ['money', () => judgeMoney(stand)],
    ['payouts', () => judgePayouts(stand)],
    ['promises', () => judgePromises(stand, shop)],
    ['feeds', () => judgeFeeds(stand, shop)],
    ['access', () => judgeAccess(stand, shop)],
    ['webhooks', () => judgeWebhooks(stand, shop)],
  ];
  for (const [name, check] of checks) {
    await check().catch((error: Error) => {
      const rule = /\bI([1-5])\b/.exec(error.message)?.[0] as 'I1' | 'I2' | 'I4' | undefined;
      const kind = rule === 'I4' ? 'loss' : rule === 'I2' ? 'double' : 'fault';
      stand.witness.violate(rule ?? 'heal', kind, `${name}: ${error.message.slice(0, 2_000)}`);
    });
  }
}
