import { join } from 'node:path';
import Hypercore from 'hypercore';
import { type Grant, type Listing, slug as slugShape } from '../../contract/index.ts';
import type { Card } from '../../protocol/card.ts';
import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { buyCommand, findListing, isOpenToAll } from '../find-listing.ts';
import { createIdentity, type Identity, identityAt, loadKeys } from '../identity.ts';
import { tokenOf } from '../key-proof.ts';
import { liveGrants } from '../live-grants.ts';
import { knownIdentity } from '../own-identity.ts';
import { marketPaths } from '../sdk/buyer-home.ts';
import { rememberedPurchases } from '../sdk/purchase-record.ts';
import { cardSource, listingKey, readCard } from '../sdk/read-card.ts';
import { slugOf } from '../sdk/slug-of.ts';
import { BuyerSwarm } from '../swarm/buyer-swarm.ts';
import { deviceId } from '../swarm/device.ts';
import { findCard } from '../swarm/find-card.ts';
import { lastPlace } from '../swarm/last-place.ts';
import { localTime } from '../terminal/amounts.ts';
import type { ReadFeed } from './read-feed.ts';

/** A feed, and how to come among those who serve it. */
export interface FoundFeed {
  listing: ReadFeed;
  open: (passesOn: boolean) => Promise<BuyerSwarm>;
}

/**
 * What somebody names: a listing of the market; or a card's file or address, or the key of a feed's first core, with which
 * no market has to answer.
 *
 * @throws Failure when there is none, or no access
 */
export async function findFeed(context: Context, name: string): Promise<FoundFeed> {
  const isSlug = slugShape.safeParse(name).success && listingKey(name) === null;
  if (!isSlug) return fromCard(context, await cardOf(context, name));
  const found = await listingOrCard(context, name);
  if ('dazaar' in found) return fromCard(context, found);
  const listing = found;
  return {
    listing: readFeedOf(context, listing),
    async open(passesOn) {
      if (listing.feed.cores.length === 0) throw noCore(listing);
      return openSwarm(context, await admittedIdentity(context, listing), listing, passesOn);
    },
  };
}

// What was bought by its card is known by its name too: where this market does not answer, or has another feed of that
// name that the buyer has no access to.
async function listingOrCard(context: Context, slug: string): Promise<Listing | Card> {
  const cards = await rememberedPurchases(context.settings.home);
  const card = cards.find(({ dazaar }) => slugOf(dazaar) === slug);
  if (!card) return findListing(context.client, slug);
  const listing = await findListing(context.client, slug).catch(() => null);
  if (!listing) return card;
  const isSame = listing.feed.id === card.dazaar.feedId;
  return isSame || (await hasAccess(context, listing)) ? listing : card;
}

async function hasAccess(context: Context, { slug, plans, state }: Listing): Promise<boolean> {
  if (isOpenToAll({ plans, state })) return true;
  const { client } = context;
  const identity = await knownIdentity(context);
  if (!identity) return false;
  return liveGrants(await client.grants(await tokenOf(client, identity), slug)).length > 0;
}

async function cardOf({ client }: Context, name: string): Promise<Card> {
  const source = cardSource(name);
  if (source.kind !== 'key') return readCard(source);
  // Where the market is on a DHT of its own, it says so; the public one needs nobody to say it.
  const market = await client.market().catch(() => null);
  return findCard(source.key, market?.swarm.bootstrap ?? []);
}

function fromCard({ paths, settings }: Context, { id, dazaar }: Card): FoundFeed {
  const { feedId, kind, mode, copySigner, blockSchema, cores } = dazaar;
  const { marketKey, seeders, bootstrap } = dazaar;
  const slug = slugOf(dazaar);
  const plan = dazaar.plans[0] ?? 'PLAN';
  const known = cores.map((core) => ({ ...core, length: 0 }));
  const listing = {
    slug,
    feed: { id: feedId, kind, mode, copySigner, blockSchema, cores: known },
    buyCommand: `${COMMAND} buy ${slug} --plan ${plan} --market ${dazaar.market}`,
  };
  return {
    listing,
    async open(passesOn) {
      const keys = await loadKeys(paths.identity);
      if (!keys) throw noAccess(listing, undefined);
      const swarm = new BuyerSwarm({
        storeDir: marketPaths(settings.home, marketKey).store,
        keyPair: identityAt(keys, marketKey).keyPair,
        device: await deviceId(join(settings.home, 'device')),
        marketKey,
        place: { seeders, bootstrap },
        passesOn,
      });
      swarm.know(seeders);
      swarm.seek(Hypercore.discoveryKey(Buffer.from(id, 'hex')));
      return swarm;
    },
  };
}

function readFeedOf({ settings }: Context, listing: Listing): ReadFeed {
  const { slug, feed } = listing;
  return { slug, feed, buyCommand: buyCommand(listing, settings.repeated) };
}

async function openSwarm(
  { client, paths }: Context,
  { keyPair }: Identity,
  { feed }: Listing,
  passesOn: boolean,
): Promise<BuyerSwarm> {
  const market = await client.market();
  if (market.swarm.seeders.length === 0 && feed.mode !== 'sealed') throw noSeeders();
  return new BuyerSwarm({
    storeDir: paths.store,
    keyPair,
    device: await deviceId(paths.device),
    marketKey: market.publicKey,
    place: await lastPlace(paths.place, market.swarm),
    refresh: async () => (await client.market()).swarm,
    passesOn,
  });
}

async function admittedIdentity(context: Context, listing: Listing): Promise<Identity> {
  const { client } = context;
  const wanted = readFeedOf(context, listing);
  const identity = await knownIdentity(context);
  // Nobody has to order what is free and not tracked.
  if (isOpenToAll(listing)) {
    return (
      identity ??
      (await createIdentity(context.paths.identity)) ??
      admittedIdentity(context, listing)
    );
  }
  if (!identity) throw noAccess(wanted, undefined);
  const list = await client.grants(await tokenOf(client, identity), listing.slug);
  if (liveGrants(list).length === 0) throw noAccess(wanted, list.grants[0]);
  return identity;
}

/** That there is no access, or no longer. */
export function noAccess({ slug, buyCommand }: ReadFeed, grant: Grant | undefined): Failure {
  const fail = (message: string, hint: string) =>
    new Failure(EXIT.noAccess, 'no-access', message, `${hint}: ${buyCommand}`);
  if (grant === undefined) return fail(`you have no access to ${slug}`, 'buy it with');
  if (grant.state === 'revoked') return fail(`your access to ${slug} was revoked`, 'buy it with');
  const at = localTime(grant.expiresAtMs ?? 0);
  return fail(`your access to ${slug} ended at ${at}`, 'buy more with');
}

const noCore = ({ slug }: Listing) =>
  new Failure(EXIT.noSeeder, 'no-core', `${slug} has no data yet`, 'try again in a while');

const noSeeders = () =>
  new Failure(EXIT.noSeeder, 'no-seeder', 'the market has no seeder up', 'try again in a while');
