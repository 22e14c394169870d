import type { Grant } from '../../contract/index.ts';
import type { Grant as GrantRow } from '../../prisma/client/client.ts';

export function presentGrant(grant: GrantRow & { listingSlug: string }): Grant {
  return {
    id: grant.id,
    listing: grant.listingSlug,
    feedId: grant.feedId,
    buyerKey: Buffer.from(grant.buyerKey).toString('hex'),
    state: grant.state,
    startsAtMs: grant.startsAt.getTime(),
    expiresAtMs: grant.expiresAt?.getTime() ?? null,
    fromBlock: Number(grant.fromBlock),
    maxConnections: grant.maxConnections,
  };
}
