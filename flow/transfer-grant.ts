import { createHash } from 'node:crypto';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { keyPairOfClaimCode } from '../protocol/claim-code.ts';
import { verifyKeyStatement } from '../protocol/key-statement.ts';
import { transferSubject } from '../protocol/statement-subject.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
import { once } from './idempotent.ts';
import { type Move, moveGrant } from './move-grant.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Deps = Pick<FlowDeps, 'prisma' | 'keys'>;

export interface Transfer {
  listingSlug: string;
  fromKey: Bytes;
  toKey: Bytes;
  issuedAtMs: number;
  /** Of the key that gives. */
  signature: Bytes;
}

/**
 * Moves what is left of a grant to another key, as the key that has it said. A statement that is repeated, by its author
 * or by somebody who overheard it, moves nothing more: it is remembered for longer than it is valid.
 *
 * @returns the id of the receiving key's grant
 */
export async function transferGrant(
  deps: Deps,
  { listingSlug, fromKey, toKey, issuedAtMs, signature }: Transfer,
): Promise<{ id: string } | Refusal> {
  const now = await nowMs(deps.prisma);
  const subject = transferSubject(listingSlug, hex(toKey));
  const market = deps.keys.signing.publicKey;
  const statement = { purpose: 'transfer' as const, market, subject, issuedAtMs };
  if (!verifyKeyStatement(fromKey, statement, signature, now)) {
    return refuse(
      'statement-refused',
      `No statement of this key and about now; it is ${now} here.`,
    );
  }
  const listing = await deps.prisma.listing.findFirst({
    where: { slug: listingSlug, state: { not: 'draft' } },
    select: { sellerId: true, slug: true, feed: { select: { id: true } } },
  });
  if (!listing?.feed) return refuse('listing-not-found', `There is no listing "${listingSlug}".`);
  const move = { feedId: listing.feed.id, listing, fromKey, toKey };
  return moveOnce(deps, move, `${hex(fromKey)} ${subject} ${issuedAtMs}`);
}

/** Moves what was bought with a claim code to a key of the buyer's own. A code moves once. */
export async function redeemClaim(
  deps: Deps,
  claimCode: string,
  toKey: Bytes,
): Promise<{ id: string } | Refusal> {
  const pair = keyPairOfClaimCode(claimCode);
  if (!pair) return refuse('claim-code-invalid', 'The claim code has a typing error.');
  const fromKey = Uint8Array.from(pair.publicKey);
  const order = await deps.prisma.order.findFirst({
    where: { buyerKey: fromKey },
    // One that lapsed may have been ordered anew for the same code.
    orderBy: [{ paidAt: { sort: 'asc', nulls: 'last' } }, { id: 'asc' }],
    select: {
      state: true,
      listing: { select: { sellerId: true, slug: true, feed: { select: { id: true } } } },
    },
  });
  if (!order?.listing.feed) return refuse('claim-code-unknown', 'No order has this claim code.');
  if (order.state !== 'paid') return refuse('order-not-paid', 'The order is not paid.');
  const { listing } = order;
  const move = { feedId: order.listing.feed.id, listing, fromKey, toKey };
  const moved = await moveOnce(deps, move, hex(fromKey));
  if (!isRefusal(moved)) return moved;
  const { refused } = moved;
  if (refused !== 'grant-not-live' && refused !== 'idempotency-key-reused') return moved;
  return refuse('claim-code-redeemed', 'The code was redeemed, or what it stood for has ended.');
}

/** Moves a grant as a statement says, once, however often that is repeated. */
export async function moveOnce(
  { prisma }: Deps,
  move: Move,
  statement: string,
): Promise<{ id: string } | Refusal> {
  if (Buffer.compare(move.fromKey, move.toKey) === 0) {
    return refuse('same-key', 'The grant is with this key already.');
  }
  const text = JSON.stringify([move.feedId, hex(move.toKey)]);
  const requestHash = Uint8Array.from(createHash('sha256').update(text).digest());
  const idempotency = { scope: 'moveGrant', key: statement, requestHash };
  return prisma.$transaction((tx) => once(tx, idempotency, () => moveGrant(tx, move)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
