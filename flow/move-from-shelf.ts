import { type Refusal, refuse } from '../domain/refusal.ts';
import type { FlowDeps } from './deps.ts';
import { findShelfGrant } from './read-shelf.ts';
import { moveOnce } from './transfer-grant.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Moves what is left of a grant that came with a claim code to another key. That the code's key lies on the shelf is
 * proof enough: it was put there by whoever ordered, or typed the code. Keys of other sources move with their signature.
 */
export async function moveFromShelf(
  deps: Pick<FlowDeps, 'prisma' | 'keys'>,
  shelfId: string,
  grantId: string,
  toKey: Bytes,
): Promise<{ id: string } | Refusal> {
  const grant = await findShelfGrant(deps.prisma, shelfId, grantId);
  if (!grant?.isClaim) return refuse('grant-not-found', 'There is no such grant on this shelf.');
  const { feedId, buyerKey: fromKey, startsAt, feed } = grant;
  const { slug, seller } = feed.listing;
  const move = { feedId, listing: { sellerId: seller.id, slug }, fromKey, toKey };
  // One that is bought again after it was moved starts anew, and may be moved once more.
  const statement = `shelf ${Buffer.from(fromKey).toString('hex')} ${startsAt.getTime()}`;
  return moveOnce(deps, move, statement);
}
