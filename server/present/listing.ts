import type { Listing } from '../../contract/index.ts';
import { inOrder } from '../../domain/core-order.ts';
import { attestFeed } from '../../flow/attest-feed.ts';
import { copySignerOf, linkTerms } from '../../flow/make-card.ts';
import type { ListingRow } from '../../flow/read-listings.ts';
import type { MarketKeys } from '../../protocol/market-keys.ts';
import { presentPlan } from './plan.ts';

/** @param origin what links begin with */
export function presentListing(row: ListingRow, origin: string, keys: MarketKeys): Listing {
  const { slug, title, description, tags, licence, sourceUrl, state, version, seller } = row;
  return {
    slug,
    title,
    description,
    tags,
    licence,
    terms: row.termsHash && linkTerms(row.termsHash, origin),
    sourceUrl,
    state,
    version,
    seller: { id: seller.id, name: seller.name },
    feed: presentFeed(row, keys),
    activity: presentActivity(row),
    preview: { from: row.previewFrom, blocks: row.previewBlocks },
    settlement: row.holdsPayments ? 'held' : 'direct',
    provenance: attestFeed(row, keys),
    plans: row.plans.map(presentPlan),
    publishedAtMs: row.publishedAt?.getTime() ?? null,
  };
}

function presentFeed({ slug, feed }: ListingRow, keys: MarketKeys): Listing['feed'] {
  if (!feed) throw new Error(`listing ${slug} has no feed`);
  return {
    id: feed.id,
    kind: feed.kind,
    origin: feed.origin,
    mode: feed.mode,
    epochMs: feed.epochMs,
    copySigner: copySignerOf(feed, keys),
    blockSchema: feed.blockSchema as Record<string, unknown>,
    cores: inOrder(feed.cores).map((core) => ({
      role: core.role,
      key: hex(core.key),
      length: Number(core.length),
      byteLength: Number(core.byteLength),
      lastBlockAtMs: core.lastBlockAt?.getTime() ?? null,
    })),
  };
}

function presentActivity({ activity }: ListingRow): Listing['activity'] {
  return {
    blocksLastDay: Number(activity.blocksLastDay),
    bytesLastDay: Number(activity.bytesLastDay),
    peers: activity.peers,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
