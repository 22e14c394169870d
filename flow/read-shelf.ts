import type { Grant, Order, Prisma, PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';

const MAX_KEYS = 200;
const MAX_GRANTS = 200;
const MAX_ORDERS = 300;

const withListing = {
  feed: {
    select: {
      kind: true,
      blockSchema: true,
      listing: {
        select: {
          slug: true,
          title: true,
          state: true,
          seller: { select: { id: true, name: true } },
          plans: { where: { retiredAt: null }, select: { name: true, kind: true } },
        },
      },
    },
  },
} satisfies Prisma.GrantInclude;

const withPlan = {
  plan: { select: { name: true } },
  listing: { select: { slug: true, title: true } },
} satisfies Prisma.OrderInclude;

/** A grant of a key on the shelf, with what it is for. */
export type ShelfGrant = Prisma.GrantGetPayload<{ include: typeof withListing }> & {
  /** The key came with a claim code: the shelf may move the grant. */
  isClaim: boolean;
  /** What was left of it was handed over to another key. */
  isMoved: boolean;
};

export type ShelfOrder = Order & {
  planName: string;
  listing: { slug: string; title: string };
  /** What is owed back and has not been paid out. */
  refundableMsat: bigint;
};

export interface ShelfView {
  /** Newest first. */
  grants: ShelfGrant[];
  /** Those that were placed here, and what was paid for keys of the shelf; newest first. */
  orders: ShelfOrder[];
  nowMs: number;
}

/** All that lies on a shelf, up to a bound: the newest of it. */
export async function readShelf(prisma: PrismaClient, shelfId: string): Promise<ShelfView> {
  const rows = await prisma.shelfKey.findMany({
    where: { shelfId },
    orderBy: { addedAt: 'desc' },
    take: MAX_KEYS,
  });
  const keys = rows.map(({ buyerKey }) => buyerKey);
  const claims = new Set(
    rows.filter(({ isClaim }) => isClaim).map(({ buyerKey }) => hex(buyerKey)),
  );
  const [grants, orders] = await Promise.all([
    prisma.grant.findMany({
      where: { buyerKey: { in: keys } },
      include: withListing,
      orderBy: { createdAt: 'desc' },
      take: MAX_GRANTS,
    }),
    readOrders(prisma, shelfId, keys),
  ]);
  const moved = await movedAmong(prisma, grants);
  return {
    grants: grants.map((grant) => ({
      ...grant,
      isClaim: claims.has(hex(grant.buyerKey)),
      isMoved: moved.has(grant.id),
    })),
    orders,
    nowMs: await nowMs(prisma),
  };
}

/** A grant of a key on the shelf; null for any other, so that nobody learns of one that is not his (A35). */
export async function findShelfGrant(
  prisma: PrismaClient,
  shelfId: string,
  grantId: string,
): Promise<ShelfGrant | null> {
  const grant = await prisma.grant.findUnique({ where: { id: grantId }, include: withListing });
  if (!grant) return null;
  const { buyerKey } = grant;
  const where = { shelfId_buyerKey: { shelfId, buyerKey } };
  const key = await prisma.shelfKey.findUnique({ where });
  if (!key) return null;
  const moved = await movedAmong(prisma, [grant]);
  return { ...grant, isClaim: key.isClaim, isMoved: moved.has(grantId) };
}

async function readOrders(
  prisma: PrismaClient,
  shelfId: string,
  keys: Uint8Array<ArrayBuffer>[],
): Promise<ShelfOrder[]> {
  const newest = { include: withPlan, orderBy: { id: 'desc' }, take: MAX_ORDERS } as const;
  const [placed, paid] = await Promise.all([
    prisma.order.findMany({ where: { shelves: { some: { shelfId } } }, ...newest }),
    // Anybody may order for a key, so that only what was paid for one is of interest by that alone.
    prisma.order.findMany({ where: { state: 'paid', buyerKey: { in: keys } }, ...newest }),
  ]);
  const byId = new Map([...placed, ...paid].map((order) => [order.id, order]));
  const orders = [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, MAX_ORDERS);
  const owed = await prisma.ledgerAccount.findMany({
    where: { kind: 'refundable', owner: { in: orders.map(({ id }) => id) } },
  });
  const owedBy = new Map(owed.map(({ owner, balanceMsat }) => [owner, balanceMsat]));
  return orders.map(({ plan, ...order }) => ({
    ...order,
    planName: plan.name,
    refundableMsat: owedBy.get(order.id) ?? 0n,
  }));
}

async function movedAmong(prisma: PrismaClient, grants: Grant[]): Promise<Set<string>> {
  const revoked = grants.filter(({ state }) => state === 'revoked').map(({ id }) => id);
  if (revoked.length === 0) return new Set();
  const last = await prisma.grantLog.findMany({
    where: { grantId: { in: revoked } },
    orderBy: { seq: 'desc' },
    distinct: ['grantId'],
    select: { grantId: true, reason: true },
  });
  return new Set(last.filter(({ reason }) => reason === 'transferred').map((row) => row.grantId));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
