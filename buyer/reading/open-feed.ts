import type { Grant, Listing } from '../../contract/index.ts';
import { SealError } from '../../protocol/seal-error.ts';
import { liveGrants } from '../commands/status.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { buyCommand, findListing, isOpenToAll } from '../find-listing.ts';
import { createIdentity, type Identity } from '../identity.ts';
import { interruption } from '../interruption.ts';
import { tokenOf } from '../key-proof.ts';
import { knownIdentity } from '../own-identity.ts';
import { AccessEnded, Interrupted, Watch } from '../pull/watch.ts';
import { BuyerSwarm } from '../swarm/buyer-swarm.ts';
import { deviceId } from '../swarm/device.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { lastPlace } from '../swarm/last-place.ts';
import { localTime } from '../terminal/amounts.ts';
import { ReaderGone } from '../terminal/stream-writer.ts';

export type FeedKind = Listing['feed']['kind'];

/** A feed that is being read: its listing, our copy, and what ends reading early. */
export interface OpenFeed {
  listing: Listing;
  replica: FeedReplica;
  watch: Watch;
}

export interface Reading<T> {
  /** Refuses, before anybody is asked for data, what cannot be done with a listing. */
  check?: (listing: Listing) => void;
  /** Waits for what is yet to be written, until access ends or the user has had enough. */
  live?: boolean;
  /** Whether others may fetch it from here meanwhile. */
  passesOn?: boolean;
  /** What to say when the user stops it, such as "stopped before block 7"; left out: that is no failure. */
  stopped?: () => string;
  read: (feed: OpenFeed) => Promise<T>;
}

/**
 * Reads a listing's feed once the buyer is let in.
 *
 * @returns null when whoever reads our output has heard enough, or the user.
 * @throws Failure, also when access is missing or ends
 */
export async function readFeed<T>(
  context: Context,
  name: string,
  { check, live = false, passesOn = false, stopped, read }: Reading<T>,
): Promise<T | null> {
  const { client, settings } = context;
  const listing = await findListing(client, name);
  check?.(listing);
  if (listing.feed.cores.length === 0) throw noCore(listing);
  const identity = await admittedIdentity(context, listing);
  await using swarm = await openSwarm(context, identity, listing, passesOn);
  const { id: feedId, kind, mode, cores } = listing.feed;
  const replica = await swarm.feed({ feedId, kind, mode, cores });
  const { signal, release } = interruption();
  const watch = new Watch({ replica, signal, live });
  try {
    await watch.admission();
    return await read({ listing, replica, watch });
  } catch (error) {
    if (error instanceof ReaderGone) return null;
    if (error instanceof Interrupted) {
      if (!stopped) return null;
      throw new Failure(EXIT.interrupted, 'interrupted', stopped(), 'run it again to go on');
    }
    if (error instanceof SealError) throw sealed(error, listing);
    throw error instanceof AccessEnded ? ended(error, listing, settings.repeated) : error;
  } finally {
    watch.close();
    release();
  }
}

async function openSwarm(
  { client, paths }: Context,
  { keyPair }: Identity,
  { feed }: Listing,
  passesOn: boolean,
): Promise<BuyerSwarm> {
  const market = await client.market();
  if (market.swarm.seeders.length === 0 && feed.mode === 'open') throw noSeeders();
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
  const command = buyCommand(listing, context.settings.repeated);
  const identity = await knownIdentity(context);
  // Nobody has to order what is free and not tracked.
  if (isOpenToAll(listing)) {
    return (
      identity ??
      (await createIdentity(context.paths.identity)) ??
      admittedIdentity(context, listing)
    );
  }
  if (!identity) throw noAccess(listing, undefined, command);
  const list = await client.grants(await tokenOf(client, identity), listing.slug);
  if (liveGrants(list).length === 0) throw noAccess(listing, list.grants[0], command);
  return identity;
}

function noAccess({ slug }: Listing, grant: Grant | undefined, command: string): Failure {
  const fail = (message: string, hint: string) =>
    new Failure(EXIT.noAccess, 'no-access', message, `${hint}: ${command}`);
  if (grant === undefined) return fail(`you have no access to ${slug}`, 'buy it with');
  if (grant.state === 'revoked') return fail(`your access to ${slug} was revoked`, 'buy it with');
  const at = localTime(grant.expiresAtMs ?? 0);
  return fail(`your access to ${slug} ended at ${at}`, 'buy more with');
}

function ended({ expiresAtMs, reason }: AccessEnded, listing: Listing, repeated: string): Failure {
  if (reason === 'too-many-connections') return tooMany(listing);
  const at = expiresAtMs === null ? '' : ` at ${localTime(expiresAtMs)}`;
  const what = reason === 'revoked' ? 'was revoked' : `ended${at}`;
  return new Failure(
    EXIT.accessEnded,
    'access-ended',
    `access to ${listing.slug} ${what}`,
    `buy more with: ${buyCommand(listing, repeated)}`,
  );
}

const tooMany = ({ slug }: Listing) =>
  new Failure(
    EXIT.tooMany,
    'too-many-connections',
    `other machines of yours read ${slug}, as many as your plan allows at once`,
    'stop one of them and run this again, or buy a plan for more machines',
  );

function sealed({ code, message }: SealError, { slug }: Listing): Failure {
  if (code !== 'no-key') return new Failure(EXIT.market, 'seal-broken', message);
  return new Failure(
    EXIT.noAccess,
    'no-key',
    message,
    `your access to ${slug} does not cover it, or a seeder has yet to give you the key: try again`,
  );
}

const noCore = ({ slug }: Listing) =>
  new Failure(EXIT.noSeeder, 'no-core', `${slug} has no data yet`, 'try again in a while');

const noSeeders = () =>
  new Failure(EXIT.noSeeder, 'no-seeder', 'the market has no seeder up', 'try again in a while');
