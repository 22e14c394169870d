import type { Json } from '../domain/message.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

/** Messages of a feed that a buyer key is to have, after the last one that it had. */
export interface Mailbox {
  feedId: string;
  buyerKey: Uint8Array<ArrayBuffer>;
  after: bigint;
}

export interface Mail {
  /** Which of the mailboxes it is for. */
  box: number;
  seq: bigint;
  name: string;
  body: Json;
  isBroadcast: boolean;
  sentAt: Date;
}

/**
 * Reads what is in mailboxes up to a message, oldest first, box by box; no more than so many of each, and of all. What is
 * said to all is for those who had access when it was sent, and have it now, as anybody has to a free feed that is not
 * tracked; what is said to one key is for it in any case.
 */
export async function readMail(
  prisma: PrismaClient,
  boxes: readonly Mailbox[],
  upTo: bigint,
  { ofEach, ofAll }: { ofEach: number; ofAll: number },
): Promise<Mail[]> {
  const feeds = boxes.map(({ feedId }) => feedId);
  const keys = boxes.map(({ buyerKey }) => buyerKey);
  const afters = boxes.map(({ after }) => after);
  return prisma.$queryRaw<Mail[]>`
    SELECT (b.place - 1)::int AS box, m.seq, m.name, m.body, m.buyer_key IS NULL AS "isBroadcast", m.sent_at AS "sentAt"
    FROM unnest(${feeds}::uuid[], ${keys}::bytea[], ${afters}::int8[])
      WITH ORDINALITY AS b(feed_id, buyer_key, after, place)
    LEFT JOIN grants g ON g.feed_id = b.feed_id AND g.buyer_key = b.buyer_key
    CROSS JOIN LATERAL (
      SELECT min(p.created_at) AS since
      FROM feeds f JOIN listings l ON l.id = f.listing_id JOIN plans p ON p.listing_id = l.id
      WHERE f.id = b.feed_id AND l.state IN ('live', 'unlisted')
        AND p.kind = 'free' AND NOT p.tracked AND p.retired_at IS NULL) AS open
    CROSS JOIN LATERAL (
      SELECT * FROM messages
      WHERE feed_id = b.feed_id AND seq > b.after AND seq <= ${upTo} AND direction = 'to_buyer'
        AND (buyer_key = b.buyer_key OR buyer_key IS NULL AND (sent_at >= open.since
          OR g.state = 'live' AND sent_at >= g.starts_at AND (g.expires_at IS NULL OR g.expires_at > clock_timestamp())))
      ORDER BY seq LIMIT ${ofEach}) AS m
    ORDER BY b.place, m.seq LIMIT ${ofAll}`;
}

/** The newest messages for whoever holds a grant, by the same rule, newest first. */
export async function readNewestMail(
  prisma: PrismaClient,
  grantId: string,
  limit: number,
): Promise<Omit<Mail, 'box'>[]> {
  return prisma.$queryRaw<Omit<Mail, 'box'>[]>`
    SELECT m.seq, m.name, m.body, m.buyer_key IS NULL AS "isBroadcast", m.sent_at AS "sentAt"
    FROM grants g JOIN messages m ON m.feed_id = g.feed_id AND m.direction = 'to_buyer'
    WHERE g.id = ${grantId}::uuid AND (m.buyer_key = g.buyer_key OR m.buyer_key IS NULL AND g.state = 'live'
      AND m.sent_at >= g.starts_at AND (g.expires_at IS NULL OR g.expires_at > clock_timestamp()))
    ORDER BY m.seq DESC LIMIT ${limit}`;
}

/** The number of the newest message. */
export async function readNewestSeq(prisma: PrismaClient): Promise<bigint> {
  const { _max } = await prisma.message.aggregate({ _max: { seq: true } });
  return _max.seq ?? 0n;
}

/** For whom there are messages among those: a key of a feed, or (null) all of them. */
export async function readAddressees(
  prisma: PrismaClient,
  after: bigint,
  upTo: bigint,
): Promise<{ feedId: string; buyerKey: Uint8Array | null }[]> {
  return prisma.message.findMany({
    where: { seq: { gt: after, lte: upTo }, direction: 'to_buyer' },
    distinct: ['feedId', 'buyerKey'],
    select: { feedId: true, buyerKey: true },
  });
}
