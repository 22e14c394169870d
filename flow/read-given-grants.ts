import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Grant, GrantLog, Prisma, PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { Page } from './read-sales.ts';

const EXPORT_PAGE = 500;
const LOG_ROWS = 100;

const include = {
  feed: { select: { listing: { select: { slug: true } } } },
} satisfies Prisma.GrantInclude;

export type GivenGrantRow = Grant & { listingSlug: string };

export interface GivenGrantFilter {
  listingSlug?: string | undefined;
  /** As it is by the clock: a live grant whose time is over has expired, though it may not be recorded yet. */
  state?: Grant['state'] | undefined;
}

export interface GivenGrants {
  grants: GivenGrantRow[];
  next: string | null;
  nowMs: number;
}

/** Grants of a seller's feeds, newest first. */
export async function readGivenGrants(
  prisma: PrismaClient,
  sellerId: string,
  { listingSlug, state }: GivenGrantFilter,
  { limit, after }: Page,
): Promise<GivenGrants> {
  const now = await nowMs(prisma);
  const rows = await prisma.grant.findMany({
    where: {
      feed: { listing: { sellerId, ...(listingSlug === undefined ? {} : { slug: listingSlug }) } },
      ...(after === undefined ? {} : { id: { lt: after } }),
      ...(state === undefined ? {} : inState(state, new Date(now))),
    },
    include,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const grants = rows.slice(0, limit).map(flat);
  return { grants, next: rows.length > limit ? (grants.at(-1)?.id ?? null) : null, nowMs: now };
}

/** All of them that match, page by page, with the time at which each page was read. */
export async function* exportGivenGrants(
  prisma: PrismaClient,
  sellerId: string,
  filter: GivenGrantFilter,
  from: string | undefined,
): AsyncGenerator<{ grant: GivenGrantRow; nowMs: number }> {
  for (let after = from; ; ) {
    const page = await readGivenGrants(prisma, sellerId, filter, { limit: EXPORT_PAGE, after });
    for (const grant of page.grants) yield { grant, nowMs: page.nowMs };
    if (page.next === null) return;
    after = page.next;
  }
}

export interface GivenGrant {
  grant: GivenGrantRow;
  /** Newest first. */
  log: GrantLog[];
  nowMs: number;
}

export async function readGivenGrant(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<GivenGrant | Refusal> {
  const row = await prisma.grant.findUnique({
    where: { id, feed: { listing: { sellerId } } },
    include: { ...include, log: { orderBy: { seq: 'desc' }, take: LOG_ROWS } },
  });
  if (!row) return refuse('grant-not-found', 'You have no such grant.');
  const { log, ...grant } = row;
  return { grant: flat(grant), log, nowMs: await nowMs(prisma) };
}

function inState(state: Grant['state'], now: Date): Prisma.GrantWhereInput {
  const isOver = { expiresAt: { lte: now } };
  if (state === 'live') return { state, NOT: isOver };
  if (state === 'revoked') return { state };
  return { OR: [{ state }, { state: 'live', ...isOver }] };
}

function flat({ feed, ...grant }: Prisma.GrantGetPayload<{ include: typeof include }>) {
  return { ...grant, listingSlug: feed.listing.slug };
}
