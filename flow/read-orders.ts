import type { Grant, Invoice, Order, Payment, PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';

export interface OrderView {
  order: Order & { planName: string; listingSlug: string };
  invoice: Invoice | null;
  payment: Payment | null;
  grant: Grant | null;
  nowMs: number;
}

/** An order with what became of it. */
export async function readOrder(prisma: PrismaClient, id: string): Promise<OrderView | null> {
  const found = await prisma.order.findUnique({
    where: { id },
    include: {
      plan: true,
      listing: { include: { feed: true } },
      invoices: { orderBy: { createdAt: 'desc' }, take: 1 },
    },
  });
  if (!found) return null;
  const { plan, listing, invoices, ...order } = found;
  const feedId = listing.feed?.id;
  const payment = await prisma.payment.findFirst({
    where: { orderId: id },
    orderBy: { recordedAt: 'asc' },
  });
  const bought = order.state === 'paid' && feedId !== undefined;
  const { buyerKey } = order;
  const grant = bought
    ? await prisma.grant.findUnique({ where: { feedId_buyerKey: { feedId, buyerKey } } })
    : null;
  return {
    order: { ...order, planName: plan.name, listingSlug: listing.slug },
    invoice: invoices[0] ?? null,
    payment,
    grant,
    nowMs: await nowMs(prisma),
  };
}

export interface GrantFilter {
  buyerKey: Uint8Array<ArrayBuffer>;
  listingSlug?: string | undefined;
}

/** The grants of a buyer key, with the database's time to judge them by. */
export async function readGrants(
  prisma: PrismaClient,
  { buyerKey, listingSlug }: GrantFilter,
): Promise<{ grants: (Grant & { listingSlug: string })[]; nowMs: number }> {
  const rows = await prisma.grant.findMany({
    where: {
      buyerKey,
      ...(listingSlug ? { feed: { listing: { slug: listingSlug } } } : {}),
    },
    include: { feed: { select: { listing: { select: { slug: true } } } } },
    orderBy: { createdAt: 'desc' },
    take: 1000,
  });
  const grants = rows.map(({ feed, ...grant }) => ({ ...grant, listingSlug: feed.listing.slug }));
  return { grants, nowMs: await nowMs(prisma) };
}
