import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Message, MessageDirection, PrismaClient } from '../prisma/client/client.ts';

export type MessageRow = Message & { listingSlug: string };

export interface MessageFilter {
  listingSlug?: string | undefined;
  /** Only what was said with this buyer alone. */
  buyerKey?: Uint8Array<ArrayBuffer> | undefined;
  name?: string | undefined;
  direction?: MessageDirection | undefined;
  /** Only what the seller has, or has not, seen yet. */
  isUnread?: boolean | undefined;
}

/** `after` is the number of the last message of the page before. */
export interface MessagePageOf {
  limit: number;
  after?: bigint | undefined;
}

/** What a seller and his buyers said to each other, newest first. */
export async function readMessages(
  prisma: PrismaClient,
  sellerId: string,
  { listingSlug, buyerKey, name, direction, isUnread }: MessageFilter,
  { limit, after }: MessagePageOf,
): Promise<{ messages: MessageRow[]; next: bigint | null }> {
  const slugs = await slugsOf(prisma, sellerId, listingSlug);
  const rows = await prisma.message.findMany({
    where: {
      feedId: { in: [...slugs.keys()] },
      ...(after !== undefined && { seq: { lt: after } }),
      ...(buyerKey && { buyerKey }),
      ...(name !== undefined && { name }),
      ...(direction && { direction }),
      ...(isUnread !== undefined && UNREAD[isUnread ? 'yes' : 'no']),
    },
    orderBy: { seq: 'desc' },
    take: limit + 1,
  });
  const messages = rows.slice(0, limit).map((row) => withSlug(row, slugs));
  return { messages, next: rows.length > limit ? (messages.at(-1)?.seq ?? null) : null };
}

const UNREAD = {
  yes: { direction: 'to_seller' as const, readAt: null },
  no: { NOT: { direction: 'to_seller' as const, readAt: null } },
};

export async function readMessage(
  prisma: PrismaClient,
  sellerId: string,
  seq: bigint,
): Promise<MessageRow | Refusal> {
  const row = await prisma.message.findUnique({
    where: { seq, feed: { listing: { sellerId } } },
    include: { feed: { select: { listing: { select: { slug: true } } } } },
  });
  if (!row) return refuse('message-not-found', 'You have no such message.');
  const { feed, ...message } = row;
  return { ...message, listingSlug: feed.listing.slug };
}

/** Notes that the seller has seen a message; one that he has seen before, or has sent, stays as it is. */
export async function markRead(
  prisma: PrismaClient,
  sellerId: string,
  seq: bigint,
): Promise<MessageRow | Refusal> {
  const found = await readMessage(prisma, sellerId, seq);
  if ('refused' in found) return found;
  await markAll(prisma, { seq });
  return readMessage(prisma, sellerId, seq);
}

/** Notes that the seller has seen what a buyer wrote about a listing, up to that message. */
export async function markThreadRead(
  prisma: PrismaClient,
  sellerId: string,
  thread: { listingSlug: string; buyerKey: Uint8Array<ArrayBuffer> },
  upTo: bigint,
): Promise<void> {
  const [feedId] = (await slugsOf(prisma, sellerId, thread.listingSlug)).keys();
  if (feedId) await markAll(prisma, { feedId, buyerKey: thread.buyerKey, seq: { lte: upTo } });
}

/** The grant of a key that has or had access to a seller's listing: whom he can write to. */
export async function findBuyer(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  buyerKey: Uint8Array<ArrayBuffer>,
): Promise<string | null> {
  const where = { buyerKey, feed: { listing: { slug, sellerId } } };
  return (await prisma.grant.findFirst({ where, select: { id: true } }))?.id ?? null;
}

/** How many messages of his buyers a seller has not seen yet. */
export async function countUnread(prisma: PrismaClient, sellerId: string): Promise<number> {
  return prisma.message.count({ where: { feed: { listing: { sellerId } }, ...UNREAD.yes } });
}

/** How many keys have access to a listing now: whom a message to all of them reaches. */
export async function countReached(prisma: PrismaClient, slug: string): Promise<number> {
  const [row] = await prisma.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count
    FROM grants g JOIN feeds f ON f.id = g.feed_id JOIN listings l ON l.id = f.listing_id
    WHERE l.slug = ${slug} AND g.state = 'live' AND (g.expires_at IS NULL OR g.expires_at > clock_timestamp())`;
  return row.count;
}

type Marked = NonNullable<Parameters<PrismaClient['message']['updateMany']>[0]['where']>;

async function markAll(prisma: PrismaClient, where: Marked): Promise<void> {
  await prisma.message.updateMany({
    where: { ...where, ...UNREAD.yes },
    data: { readAt: new Date() },
  });
}

async function slugsOf(
  prisma: PrismaClient,
  sellerId: string,
  slug: string | undefined,
): Promise<Map<string, string>> {
  const feeds = await prisma.feed.findMany({
    where: { listing: { sellerId, ...(slug !== undefined && { slug }) } },
    select: { id: true, listing: { select: { slug: true } } },
  });
  return new Map(feeds.map(({ id, listing }) => [id, listing.slug]));
}

function withSlug(row: Message, slugs: Map<string, string>): MessageRow {
  return { ...row, listingSlug: slugs.get(row.feedId) ?? '' };
}
