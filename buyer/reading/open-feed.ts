import { SealError } from '../../protocol/seal-error.ts';
import { AccessEnded } from '../access-ended.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { interruption } from '../interruption.ts';
import { Interrupted, Watch } from '../pull/watch.ts';
import { sealFailure } from '../seal-failure.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { localTime } from '../terminal/amounts.ts';
import { ReaderGone } from '../terminal/stream-writer.ts';
import { findFeed, noAccess } from './find-feed.ts';
import type { ReadFeed } from './read-feed.ts';

/** A feed that is being read: its listing, our copy, and what ends reading early. */
export interface OpenFeed {
  listing: ReadFeed;
  replica: FeedReplica;
  watch: Watch;
}

export interface Reading<T> {
  /** Refuses, before anybody is asked for data, what cannot be done with a listing. */
  check?: (listing: ReadFeed) => void;
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
  const { listing, open } = await findFeed(context, name);
  check?.(listing);
  await using swarm = await open(passesOn);
  const { id: feedId, kind, mode, copySigner, cores } = listing.feed;
  const replica = await swarm.feed({ feedId, kind, mode, copySigner, cores });
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
    if (error instanceof SealError) throw sealFailure(error);
    throw error instanceof AccessEnded ? ended(error, listing) : error;
  } finally {
    watch.close();
    release();
  }
}

function ended({ expiresAtMs, reason }: AccessEnded, listing: ReadFeed): Failure {
  if (reason === 'no-grant' && expiresAtMs === null) return noAccess(listing, undefined);
  if (reason === 'too-many-connections') return tooMany(listing);
  const at = expiresAtMs === null ? '' : ` at ${localTime(expiresAtMs)}`;
  const what = reason === 'revoked' ? 'was revoked' : `ended${at}`;
  return new Failure(
    EXIT.accessEnded,
    'access-ended',
    `access to ${listing.slug} ${what}`,
    `buy more with: ${listing.buyCommand}`,
  );
}

const tooMany = ({ slug }: ReadFeed) =>
  new Failure(
    EXIT.tooMany,
    'too-many-connections',
    `other machines of yours read ${slug}, as many as your plan allows at once`,
    'stop one of them and run this again, or buy a plan for more machines',
  );
