import type { Grant, Order, Payment, Prisma, PrismaClient } from '../prisma/client/client.ts';

const EXPORT_PAGE = 500;

export interface SaleFilter {
  listingSlug?: string | undefined;
  planName?: string | undefined;
  state?: Order['state'] | undefined;
  buyerKey?: Uint8Array<ArrayBuffer> | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
}

export interface Page {
  limit: number;
  /** The id of the last row of the page before. */
  after?: string | undefined;
}

const include = {
  plan: { select: { name: true } },
  listing: { select: { slug: true } },
} satisfies Prisma.OrderInclude;

export type SaleRow = Prisma.OrderGetPayload<{ include: typeof include }> & {
  payments: Payment[];
  refundableMsat: bigint;
};

/** Orders of a seller's listings, newest first. */
export async function readSales(
  prisma: PrismaClient,
  sellerId: string,
  filter: SaleFilter,
  { limit, after }: Page,
): Promise<{ sales: SaleRow[]; next: string | null }> {
  const orders = await prisma.order.findMany({
    where: { ...whereOf(sellerId, filter), ...(after ? { id: { lt: after } } : {}) },
    include,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const page = orders.slice(0, limit);
  const sales = await withMoney(prisma, page);
  return { sales, next: orders.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** All of them that match, page by page. */
export async function* exportSales(
  prisma: PrismaClient,
  sellerId: string,
  filter: SaleFilter,
  from: string | undefined,
): AsyncGenerator<SaleRow> {
  for (let after = from; ; ) {
    const { sales, next } = await readSales(prisma, sellerId, filter, {
      limit: EXPORT_PAGE,
      after,
    });
    yield* sales;
    if (next === null) return;
    after = next;
  }
}

/** How the ledger has split what came in for an order. */
export interface Split {
  commissionMsat: bigint;
  netMsat: bigint;
}

/** An order with its split, and the grant that its key has, when it is paid. */
export async function readSale(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<{ sale: SaleRow; grant: Grant | null; split: Split } | null> {
  const where = { id, listing: { sellerId } };
  const order = await prisma.order.findUnique({ where, include });
  const [sale] = order ? await withMoney(prisma, [order]) : [];
  if (!sale) return null;
  const { listingId, buyerKey, state } = sale;
  const bought = { buyerKey, feed: { listingId } };
  const grant = state === 'paid' ? await prisma.grant.findFirst({ where: bought }) : null;
  return { sale, grant, split: await readSplit(prisma, sale) };
}

async function readSplit(prisma: PrismaClient, { payments }: SaleRow): Promise<Split> {
  const hashes = payments.map(({ paymentHash }) => paymentHash);
  const [split] = await prisma.$queryRaw<[Split]>`
    SELECT coalesce(sum(e.amount_msat) FILTER (WHERE a.kind = 'commission'), 0)::int8 AS "commissionMsat",
           coalesce(sum(e.amount_msat) FILTER (WHERE a.kind = 'seller'), 0)::int8 AS "netMsat"
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id
    WHERE t.payment_hash = ANY(${hashes})`;
  return split;
}

function whereOf(sellerId: string, filter: SaleFilter): Prisma.OrderWhereInput {
  const { listingSlug, planName, state, buyerKey, fromMs, toMs } = filter;
  return {
    listing: { sellerId, ...(listingSlug === undefined ? {} : { slug: listingSlug }) },
    ...(planName === undefined ? {} : { plan: { name: planName } }),
    ...(state === undefined ? {} : { state }),
    ...(buyerKey === undefined ? {} : { buyerKey }),
    createdAt: {
      ...(fromMs === undefined ? {} : { gte: new Date(fromMs) }),
      ...(toMs === undefined ? {} : { lt: new Date(toMs) }),
    },
  };
}

async function withMoney<O extends Order>(prisma: PrismaClient, orders: O[]) {
  const ids = orders.map(({ id }) => id);
  const [payments, accounts] = await Promise.all([
    prisma.payment.findMany({ where: { orderId: { in: ids } }, orderBy: { recordedAt: 'asc' } }),
    prisma.ledgerAccount.findMany({ where: { kind: 'refundable', owner: { in: ids } } }),
  ]);
  const paymentsOf = Map.groupBy(payments, ({ orderId }) => orderId);
  const balanceOf = new Map(accounts.map(({ owner, balanceMsat }) => [owner, balanceMsat]));
  return orders.map((order) => ({
    ...order,
    payments: paymentsOf.get(order.id) ?? [],
    refundableMsat: balanceOf.get(order.id) ?? 0n,
  }));
}
