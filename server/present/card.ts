import { paymentOf } from '../../domain/card-payment.ts';
import type { ListingRow } from '../../flow/read-listings.ts';
import type { Terms } from '../../prisma/client/client.ts';
import type { UnsignedCard } from '../../protocol/card.ts';
import { presentTermsLink } from './listing.ts';
import { presentInclusion } from './plan.ts';

export interface CardContext {
  origin: string;
  terms: Terms | null;
  /** Noise keys, hex. */
  seeders: string[];
}

/** The card of a listing, yet to be signed. */
export function presentCard(row: ListingRow, context: CardContext): UnsignedCard {
  const { feed, seller, plans, tags, licence, sourceUrl } = row;
  const [first] = feed?.cores ?? [];
  if (!feed || !first) throw new Error(`listing ${row.slug} has no core`);
  return {
    id: hex(first.key),
    name: row.title,
    description: row.description,
    provider: seller.name,
    homepage: seller.homepage ?? '',
    contact: seller.contact ?? '',
    payment: plans.map(paymentOf),
    dazaar: {
      version: 2,
      market: context.origin,
      listing: `${context.origin}/v1/listings/${row.slug}`,
      feedId: feed.id,
      kind: feed.kind,
      cores: feed.cores.map(({ role, key }) => ({ role, key: hex(key) })),
      tags,
      licence,
      terms: context.terms && presentTerms(context.terms, context.origin),
      sourceUrl,
      preview: { from: row.previewFrom, blocks: row.previewBlocks },
      blockSchema: feed.blockSchema as Record<string, unknown>,
      plans: plans.map(({ name }) => name),
      includes: plans.map(presentInclusion),
      seeders: context.seeders,
    },
  };
}

function presentTerms({ hash, text }: Terms, origin: string) {
  return { ...presentTermsLink(hash, origin), text };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
