import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import type { Listing, ListingChange } from '../../contract/index.ts';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import type { SellerClient } from '../seller-client.ts';

type Plan = Listing['plans'][number];
type NewPlan = NonNullable<ListingChange['plans']>[number];
type Role = 'data' | 'files' | 'blobs';

/** A listing of a shop, and what makes it one at another market. */
export interface Mirrored {
  own: Listing;
  /** The text of its terms of use. */
  terms: string | null;
  /** The Noise key of the shop's seeder, hex. */
  peerKey: string;
}

/**
 * Writes a listing of one's own shop at another market too, as a feed that is mirrored from here, or brings it up to date.
 *
 * @throws Failure when something else has its name there
 */
export async function mirrorListing(
  there: SellerClient,
  { own, terms, peerKey }: Mirrored,
): Promise<Listing> {
  const { slug, sourceUrl } = own;
  const said = contentOf(own);
  const known = await there.listing(slug);
  if (known) {
    const isSame = known.feed.origin === 'mirrored' && known.state !== 'withdrawn';
    if (!isSame) throw takenThere(slug, there.url);
    return isAsSaid(known, own) ? known : there.changeListing(slug, { ...said, sourceUrl, terms });
  }
  const { kind, cores, mode, epochMs } = own.feed;
  const claimed = cores.map(({ role, key }) => ({ role: role as Role, key }));
  return there.createListing({
    ...said,
    slug,
    ...(sourceUrl !== null && { sourceUrl }),
    ...(terms !== null && { terms }),
    feed: {
      kind,
      origin: 'mirrored',
      mode,
      ...(epochMs !== null && { epochMs }),
      peerKey,
      cores: claimed,
    },
  });
}

function contentOf(listing: Listing) {
  const { title, description, tags, licence, feed, preview, settlement, plans } = listing;
  const { blockSchema } = feed;
  const content = { title, description, tags, licence, blockSchema, preview, settlement };
  return { ...content, plans: plans.map(asNewPlan) };
}

function isAsSaid(known: Listing, own: Listing): boolean {
  const compared = (listing: Listing) =>
    canonicalJson([contentOf(listing), listing.sourceUrl, listing.terms?.hash ?? null]);
  return compared(known) === compared(own);
}

function asNewPlan(plan: Plan): NewPlan {
  const { name, kind, priceMsat, price, periodMs, history, historyBlocks, maxConnections } = plan;
  return {
    name,
    kind,
    priceMsat: price ? '0' : (priceMsat ?? '0'),
    ...(price && { price }),
    ...(periodMs !== null && { periodMs }),
    history,
    ...(historyBlocks !== null && { historyBlocks }),
    ...(maxConnections !== null && { maxConnections }),
    tracked: plan.tracked,
  };
}

const takenThere = (slug: string, url: string) =>
  new Failure(EXIT.market, 'slug-taken', `"${slug}" is something else at ${url}`);
