import { type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type GivenGrantRow, readGivenGrants } from './read-given-grants.ts';
import type { Page } from './read-sales.ts';

export interface BuyerRow {
  grant: GivenGrantRow;
  orders: number;
  creditedMsat: bigint;
  firstPaidAt: Date | null;
  lastPaidAt: Date | null;
}

/** The buyers of one of a seller's listings: each key that was granted it, and what it paid. Newest first. */
export async function readBuyers(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  page: Page,
): Promise<{ buyers: BuyerRow[]; next: string | null; nowMs: number } | Refusal> {
  const listing = await prisma.listing.findFirst({ where: { slug, sellerId } });
  if (!listing) return refuse('listing-not-found', `You have no listing "${slug}".`);
  const { grants, ...rest } = await readGivenGrants(prisma, sellerId, { listingSlug: slug }, page);
  const bought = await readPurchases(prisma, listing.id, grants);
  const buyers = grants.map((grant) => ({
    grant,
    ...(bought.get(hex(grant.buyerKey)) ?? NOTHING),
  }));
  return { buyers, ...rest };
}

const NOTHING = { orders: 0, creditedMsat: 0n, firstPaidAt: null, lastPaidAt: null };

type Purchases = Omit<BuyerRow, 'grant'>;

async function readPurchases(
  prisma: PrismaClient,
  listingId: string,
  grants: GivenGrantRow[],
): Promise<Map<string, Purchases>> {
  const keys = grants.map(({ buyerKey }) => buyerKey);
  const rows = await prisma.$queryRaw<(Purchases & { key: string })[]>`
    SELECT encode(o.buyer_key, 'hex') AS key, count(DISTINCT o.id)::int AS orders,
           coalesce(sum(p.credited_msat), 0)::int8 AS "creditedMsat",
           min(o.paid_at) AS "firstPaidAt", max(o.paid_at) AS "lastPaidAt"
    FROM orders o LEFT JOIN payments p ON p.order_id = o.id
    WHERE o.listing_id = ${listingId}::uuid AND o.state = 'paid' AND o.buyer_key = ANY(${keys})
    GROUP BY o.buyer_key`;
  return new Map(rows.map(({ key, ...purchases }) => [key, purchases]));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
