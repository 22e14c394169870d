import { randomUUID } from 'node:crypto';
import type { Idempotency } from '../domain/idempotency.ts';
import { faultOfMessage, type Said } from '../domain/message.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Message, PrismaClient } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import type { Tx } from './deps.ts';
import { type Once, once } from './idempotent.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What a seller says about a listing: to one buyer key, or (null) to all that have access. */
export interface SellerMessage extends Said {
  sellerId: string;
  slug: string;
  to: Bytes | null;
}

/** What a buyer says to the seller of a feed; `id` is his own, and sends it once. */
export interface BuyerMessage extends Said {
  id: string;
  feedId: string;
  buyerKey: Bytes;
}

/**
 * Sends a seller's message, once a key. It is kept for those who are not connected.
 *
 * @returns its number as `id`; refused: `listing-not-found`, `not-a-buyer`, `message-invalid`, `message-too-large`
 */
export async function sendToBuyers(
  prisma: PrismaClient,
  message: SellerMessage,
  idempotency: Idempotency | null,
): Promise<Once | Refusal> {
  const fault = faultOfMessage(message);
  if (fault) return fault;
  return prisma.$transaction((tx) => once(tx, idempotency, () => toBuyers(tx, message)));
}

async function toBuyers(
  tx: Tx,
  { sellerId, slug, to, ...said }: SellerMessage,
): Promise<{ id: string } | Refusal> {
  const feed = await tx.feed.findFirst({ where: { listing: { slug, sellerId } } });
  if (!feed) return refuse('listing-not-found', `You have no listing "${slug}".`);
  if (to && !(await hadAccess(tx, feed.id, to))) {
    return refuse('not-a-buyer', `This key has never had access to "${slug}".`);
  }
  const row = { id: randomUUID(), feedId: feed.id, direction: 'to_buyer', buyerKey: to } as const;
  const sent = await write(tx, row, said);
  return sent ? { id: sent.seq.toString() } : refuse('idempotency-in-flight', 'Try again.');
}

/**
 * Sends a buyer's message, also after his access has ended: that may be what it is about.
 *
 * @returns its number as `id`; refused: `not-a-buyer`, `message-invalid`, `message-too-large`, and
 *   `idempotency-key-reused` for another message with an id that was sent before
 */
export async function sendToSeller(
  prisma: PrismaClient,
  message: BuyerMessage,
): Promise<Once | Refusal> {
  const fault = faultOfMessage(message);
  return fault ?? prisma.$transaction((tx) => toSeller(tx, message));
}

async function toSeller(
  tx: Tx,
  { id, feedId, buyerKey, ...said }: BuyerMessage,
): Promise<Once | Refusal> {
  if (!(await hadAccess(tx, feedId, buyerKey))) {
    return refuse('not-a-buyer', 'Only who has or had access to a feed can write to its seller.');
  }
  const row = { id, feedId, direction: 'to_seller', buyerKey } as const;
  const sent = await write(tx, row, said);
  if (!sent) return replay(tx, row, said);
  await announceReceived(tx, sent);
  return { id: sent.seq.toString(), replayed: false };
}

async function replay(
  tx: Tx,
  { id, feedId, buyerKey }: { id: string; feedId: string; buyerKey: Bytes },
  said: Said,
): Promise<Once | Refusal> {
  const known = await tx.message.findFirstOrThrow({ where: { id, feedId, buyerKey } });
  const isSame =
    known.direction === 'to_seller' &&
    known.name === said.name &&
    JSON.stringify(known.body) === JSON.stringify(said.body);
  if (isSame) return { id: known.seq.toString(), replayed: true };
  return refuse('idempotency-key-reused', 'Another message was sent with this id before.');
}

async function hadAccess(tx: Tx, feedId: string, buyerKey: Bytes): Promise<boolean> {
  const where = { feedId_buyerKey: { feedId, buyerKey } };
  return (await tx.grant.findUnique({ where, select: { id: true } })) !== null;
}

type Row = Pick<Message, 'id' | 'feedId' | 'direction' | 'buyerKey'>;
type Sent = Pick<Message, 'seq' | 'sentAt'> & Row & Said;

/** Writes a message; null when there is one with its id. Numbers are given under a lock that is held until commit. */
async function write(tx: Tx, row: Row, said: Said): Promise<Sent | null> {
  const { id, feedId, direction, buyerKey } = row;
  const body = JSON.stringify(said.body);
  const [sent] = await tx.$queryRaw<Pick<Message, 'seq' | 'sentAt'>[]>`
    INSERT INTO messages (id, feed_id, direction, buyer_key, name, body, sent_at)
    VALUES (${id}::uuid, ${feedId}::uuid, ${direction}::message_direction, ${buyerKey}, ${said.name}, ${body}::json,
            clock_timestamp())
    ON CONFLICT (feed_id, buyer_key, id) DO NOTHING
    RETURNING seq, sent_at AS "sentAt"`;
  return sent ? { ...sent, ...row, ...said } : null;
}

async function announceReceived(tx: Tx, { seq, feedId, buyerKey, name, body, sentAt }: Sent) {
  const { sellerId, slug } = await tx.listing.findFirstOrThrow({
    where: { feed: { id: feedId } },
    select: { sellerId: true, slug: true },
  });
  await announce(tx, {
    topic: 'message.received',
    subjectId: seq.toString(),
    sellerId,
    payload: {
      seq: seq.toString(),
      listing: slug,
      feedId,
      buyerKey: Buffer.from(buyerKey ?? []).toString('hex'),
      name,
      body,
      sentAtMs: sentAt.getTime(),
    },
  });
}
