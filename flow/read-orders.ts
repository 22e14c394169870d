import type {
  Grant,
  Invoice,
  Order,
  Payment,
  Prisma,
  PrismaClient,
} from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { Tx } from './deps.ts';

// An order has one invoice, which the node takes one payment for.
const MAX_PAYMENTS = 20;
const MAX_GRANTS = 1_000;

export interface OrderView {
  order: Order & { planName: string; listingSlug: string; feedId: string };
  invoice: Invoice | null;
  /** Oldest first. */
  payments: Payment[];
  /** What is owed back and has not been paid out. */
  refundableMsat: bigint;
  grant: Grant | null;
  nowMs: number;
}

/** An order with what became of it, all of one instant. Whoever knows its id may see it. */
export function readOrder(prisma: PrismaClient, id: string): Promise<OrderView | null> {
  // A payment that settles in between would be one that bought nothing, to whoever looks.
  return prisma.$transaction((tx) => view(tx, id), { isolationLevel: 'RepeatableRead' });
}

async function view(tx: Tx, id: string): Promise<OrderView | null> {
  const found = await tx.order.findUnique({
    where: { id },
    include: {
      plan: true,
      listing: { include: { feed: true } },
      invoices: { orderBy: { createdAt: 'desc' }, take: 1 },
    },
  });
  if (!found) return null;
  const { plan, listing, invoices, ...order } = found;
  // What has no feed was never on sale.
  const feedId = listing.feed!.id;
  return {
    order: { ...order, planName: plan.name, listingSlug: listing.slug, feedId },
    invoice: invoices[0] ?? null,
    payments: await tx.payment.findMany({
      where: { orderId: order.id },
      orderBy: [{ recordedAt: 'asc' }, { paymentHash: 'asc' }],
      take: MAX_PAYMENTS,
    }),
    refundableMsat: await refundableOf(tx, order.id),
    grant: order.state === 'paid' ? await grantOf(tx, feedId, order) : null,
    nowMs: await nowMs(tx),
  };
}

/** Why an order lapsed; null when it has not. What was held and yet not taken was given back. */
export function lapseReasonOf({
  order,
  invoice,
}: Pick<OrderView, 'order' | 'invoice'>): 'unpaid' | 'undelivered' | null {
  if (order.state !== 'lapsed') return null;
  return invoice?.heldAt ? 'undelivered' : 'unpaid';
}

async function refundableOf(tx: Tx, owner: string): Promise<bigint> {
  const where = { kind_owner: { kind: 'refundable', owner } } as const;
  return (await tx.ledgerAccount.findUnique({ where }))?.balanceMsat ?? 0n;
}

function grantOf(tx: Tx, feedId: string, { buyerKey }: Order): Promise<Grant | null> {
  return tx.grant.findUnique({ where: { feedId_buyerKey: { feedId, buyerKey } } });
}

export interface GrantFilter {
  buyerKey: Uint8Array<ArrayBuffer>;
  listingSlug?: string | undefined;
}

export type ListedGrant = Grant & { listingSlug: string };

/** The grants of a buyer key, with the database's time to judge them by. */
export async function readGrants(
  prisma: PrismaClient,
  { buyerKey, listingSlug }: GrantFilter,
): Promise<{ grants: ListedGrant[]; nowMs: number }> {
  const rows = await prisma.grant.findMany({
    where: {
      buyerKey,
      ...(listingSlug ? { feed: { listing: { slug: listingSlug } } } : {}),
    },
    include: withSlug,
    orderBy: { createdAt: 'desc' },
    take: MAX_GRANTS,
  });
  return { grants: rows.map(flat), nowMs: await nowMs(prisma) };
}

export async function readGrant(prisma: PrismaClient, id: string): Promise<ListedGrant | null> {
  const row = await prisma.grant.findUnique({ where: { id }, include: withSlug });
  return row && flat(row);
}

const withSlug = {
  feed: { select: { listing: { select: { slug: true } } } },
} satisfies Prisma.GrantInclude;

function flat({ feed, ...grant }: Prisma.GrantGetPayload<{ include: typeof withSlug }>) {
  return { ...grant, listingSlug: feed.listing.slug };
}
