import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPrisma } from '../../adapters/postgres/prisma-client.ts';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import type { Listing } from '../../contract/index.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import type { SellerClient } from '../seller-client.ts';
import type { ShopPaths } from '../shop-files.ts';
import { delegateTo } from './delegate.ts';
import { lendTo } from './lend.ts';
import { mirrorListing } from './mirror-listing.ts';
import { proofsOf } from './writer-key.ts';

const REFRESH_MS = 30_000;

export interface ListOnOptions {
  /** The shop. */
  own: SellerClient;
  paths: ShopPaths;
  databaseUrl: string;
  /** The market that lists it too. */
  there: SellerClient;
  signal: AbortSignal;
  onListed: (slug: string) => void;
  /** Told what went wrong; it is tried again. */
  onFault: (fault: unknown) => void;
}

/**
 * Lists what a shop sells on another market as well, for as long as the shop is open: that market's seeders are let in,
 * whichever they are by then, copy the feeds, and serve who pays there.
 */
export async function listOn(options: ListOnOptions): Promise<void> {
  const prisma = openPrisma(options.databaseUrl);
  const listed = new Set<string>();
  try {
    while (!options.signal.aborted) {
      await refresh(options, prisma, listed);
      await sleep(REFRESH_MS, undefined, { signal: options.signal }).catch(() => undefined);
    }
  } finally {
    await prisma.$disconnect();
  }
}

async function refresh(
  options: ListOnOptions,
  prisma: PrismaClient,
  listed: Set<string>,
): Promise<void> {
  const { own, signal, onListed, onFault } = options;
  const tell = (error: unknown) => void (signal.aborted || onFault(error));
  const onSale = await own.listingsOnSale().catch(tell);
  for (const listing of onSale ?? []) {
    if (listing.state !== 'live') continue;
    try {
      await list(options, prisma, listing);
      if (!listed.has(listing.slug)) onListed(listing.slug);
      listed.add(listing.slug);
    } catch (error) {
      tell(error);
    }
  }
}

/** The market's seeders are let in first: from the proof on they copy. */
async function list(
  { own, paths, there }: ListOnOptions,
  prisma: PrismaClient,
  listing: Listing,
): Promise<void> {
  const { slug, feed } = listing;
  if (feed.mode === 'unique') throw isUnique(slug);
  const [peerKey] = (await own.market()).swarm.seeders;
  if (peerKey === undefined) return;
  const { terms } = (await own.card(slug)).dazaar;
  const mirrored = await mirrorListing(there, {
    own: listing,
    terms: terms?.text ?? null,
    peerKey,
  });
  const { publicKey, swarm } = await there.market();
  const reason = `copied by ${there.url}`;
  await lendTo(prisma, { feedId: feed.id, seeders: swarm.seeders, reason });
  const state = await there.feedState(slug);
  if (state.ownership?.provedAtMs === null) {
    const coreKeys = join(paths.dir, 'seeder/core-keys');
    await there.prove(slug, await proofsOf(coreKeys, listing, { market: publicKey, state }));
  }
  if (feed.mode === 'sealed') await delegateTo(there, listing, { prisma, seedFile: paths.seed });
  if (mirrored.state === 'draft') await there.publish(slug);
}

const isUnique = (slug: string) =>
  new Failure(EXIT.usage, 'unique', `${slug} is unique, and can be listed in this shop alone`);
