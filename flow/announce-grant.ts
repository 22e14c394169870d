import type { EventType } from '../domain/event.ts';
import type { Grant } from '../prisma/client/client.ts';
import { announce, type SellerAnnouncement } from './announce.ts';
import type { Tx } from './deps.ts';

type GrantTopic = Extract<EventType, `grant.${string}`>;

/** Where a grant's feed is on sale: by whom, and under which slug. */
export interface GrantListing {
  sellerId: string;
  slug: string;
}

/** Announces a change of a grant to the seller of its feed. */
export async function announceGrant(
  tx: Tx,
  topic: GrantTopic,
  grant: Grant,
  reason: string | null = null,
): Promise<void> {
  const listing = await tx.listing.findFirstOrThrow({
    where: { feed: { id: grant.feedId } },
    select: { sellerId: true, slug: true },
  });
  await announce(tx, grantAnnouncement(topic, grant, listing, reason));
}

/** The announcement itself, for whoever knows the listing already. */
export function grantAnnouncement(
  topic: GrantTopic,
  grant: Grant,
  { sellerId, slug }: GrantListing,
  reason: string | null = null,
): SellerAnnouncement {
  return {
    topic,
    subjectId: grant.id,
    sellerId,
    payload: {
      grantId: grant.id,
      listing: slug,
      feedId: grant.feedId,
      buyerKey: Buffer.from(grant.buyerKey).toString('hex'),
      startsAtMs: grant.startsAt.getTime(),
      expiresAtMs: grant.expiresAt?.getTime() ?? null,
      reason,
    },
  };
}
