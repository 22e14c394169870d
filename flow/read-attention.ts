import type { PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import { countUnread } from './read-messages.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SILENT_AFTER_MS = DAY_MS;
const SLOW_PAYOUT_MS = 10 * 60 * 1000;
const FAILED_WITHIN_MS = 7 * DAY_MS;
const KEY_ENDS_WITHIN_MS = 7 * DAY_MS;
/** Of each sort; more would be a list of its own. */
const EACH = 5;

/** Something about a shop that its seller should look at. */
export type Matter =
  | { kind: 'webhook-disabled' | 'webhook-failing'; webhookId: string; url: string }
  | { kind: 'source-fault' | 'source-silent'; slug: string; title: string }
  | { kind: 'draft'; slug: string; title: string }
  | { kind: 'payouts-are-off' | 'payout-failed' | 'payout-slow'; payoutId: string }
  | { kind: 'key-ends'; label: string; expiresAt: Date }
  | { kind: 'unread'; count: number }
  | { kind: 'wallet-only' }
  | { kind: 'no-contact' };

/** What needs a seller's attention, the gravest first. */
export async function readAttention(prisma: PrismaClient, sellerId: string): Promise<Matter[]> {
  const now = await nowMs(prisma);
  const matters = await Promise.all([
    readSources(prisma, sellerId, now),
    readWebhookTroubles(prisma, sellerId),
    readPayoutTroubles(prisma, sellerId, now),
    readEndingKeys(prisma, sellerId, now),
    readUnread(prisma, sellerId),
    readDrafts(prisma, sellerId),
    readAccountTroubles(prisma, sellerId),
  ]);
  return matters.flat();
}

async function readUnread(prisma: PrismaClient, sellerId: string): Promise<Matter[]> {
  const count = await countUnread(prisma, sellerId);
  return count > 0 ? [{ kind: 'unread', count }] : [];
}

async function readSources(prisma: PrismaClient, sellerId: string, now: number): Promise<Matter[]> {
  const silent = { lt: new Date(now - SILENT_AFTER_MS) };
  const rows = await prisma.listing.findMany({
    where: {
      sellerId,
      state: { in: ['live', 'unlisted'] },
      feed: {
        origin: 'mirrored',
        OR: [{ sourceFault: { not: null } }, { sourceSeenAt: silent }, { sourceSeenAt: null }],
      },
    },
    select: { slug: true, title: true, feed: { select: { sourceFault: true } } },
    take: EACH,
  });
  return rows.map(({ slug, title, feed }) => ({
    kind: feed?.sourceFault ? 'source-fault' : 'source-silent',
    slug,
    title,
  }));
}

async function readWebhookTroubles(prisma: PrismaClient, sellerId: string): Promise<Matter[]> {
  const rows = await prisma.webhookEndpoint.findMany({
    where: {
      sellerId,
      deletedAt: null,
      OR: [{ disabledAt: { not: null } }, { failingSince: { not: null } }],
    },
    orderBy: { id: 'desc' },
    take: EACH,
  });
  return rows.map(({ id, url, disabledAt }) => ({
    kind: disabledAt ? 'webhook-disabled' : 'webhook-failing',
    webhookId: id,
    url,
  }));
}

/** Only the newest payout: an older one that failed is no matter any more once another was asked for. */
async function readPayoutTroubles(
  prisma: PrismaClient,
  sellerId: string,
  now: number,
): Promise<Matter[]> {
  const payout = await prisma.payout.findFirst({ where: { sellerId }, orderBy: { id: 'desc' } });
  if (!payout) return [];
  const { id: payoutId, state, failure, createdAt } = payout;
  const ageMs = now - createdAt.getTime();
  if (state === 'pending' && ageMs > SLOW_PAYOUT_MS) return [{ kind: 'payout-slow', payoutId }];
  if (state !== 'failed' || ageMs > FAILED_WITHIN_MS) return [];
  const kind = failure === 'payouts-are-off' ? 'payouts-are-off' : 'payout-failed';
  return [{ kind, payoutId }];
}

async function readEndingKeys(
  prisma: PrismaClient,
  sellerId: string,
  now: number,
): Promise<Matter[]> {
  const within = { gt: new Date(now), lt: new Date(now + KEY_ENDS_WITHIN_MS) };
  const rows = await prisma.apiKey.findMany({
    where: { sellerId, revokedAt: null, expiresAt: within },
    orderBy: { expiresAt: 'asc' },
    take: EACH,
  });
  return rows.map(({ label, expiresAt }) => ({
    kind: 'key-ends',
    label,
    expiresAt: expiresAt as Date,
  }));
}

async function readDrafts(prisma: PrismaClient, sellerId: string): Promise<Matter[]> {
  const rows = await prisma.listing.findMany({
    where: { sellerId, state: 'draft' },
    select: { slug: true, title: true },
    orderBy: { id: 'desc' },
    take: EACH,
  });
  return rows.map((row) => ({ kind: 'draft', ...row }));
}

async function readAccountTroubles(prisma: PrismaClient, sellerId: string): Promise<Matter[]> {
  const { passwordHash, linkingKey, homepage, contact } = await prisma.seller.findUniqueOrThrow({
    where: { id: sellerId },
  });
  const matters: Matter[] = [];
  if (passwordHash === null && linkingKey !== null) matters.push({ kind: 'wallet-only' });
  if (homepage === null && contact === null) matters.push({ kind: 'no-contact' });
  return matters;
}
