import type { Grant, Listing } from '../../contract/index.ts';
import { SealError } from '../../protocol/seal-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { buyCommand, findListing } from '../find-listing.ts';
import type { Identity } from '../identity.ts';
import { interruption, untilInterrupted } from '../interruption.ts';
import { tokenOf } from '../key-proof.ts';
import { knownIdentity } from '../own-identity.ts';
import { FileSink } from '../pull/file-sink.ts';
import { FORMATS, type Format } from '../pull/format.ts';
import { pull as pullBlocks } from '../pull/pull.ts';
import { ReaderGone, StreamSink } from '../pull/stream-sink.ts';
import { AccessEnded, Interrupted } from '../pull/watch.ts';
import { BuyerSwarm } from '../swarm/buyer-swarm.ts';
import { deviceId } from '../swarm/device.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { lastPlace } from '../swarm/last-place.ts';
import { byteSize, count, localTime } from '../terminal/amounts.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import { liveGrants } from './status.ts';

export interface PullOptions {
  from?: string;
  to?: string;
  live?: boolean;
  out?: string;
  format: string;
  overwrite?: boolean;
  seed?: boolean;
}

interface Plan {
  listing: Listing;
  coreKey: string;
  knownLength: number;
  from: number | undefined;
  to: number | undefined;
  live: boolean;
  out: string | undefined;
  format: Format;
  overwrite: boolean;
  seed: boolean;
}

/** Fetches a feed's blocks, verified, to a file or the standard output. */
export async function pull(context: Context, slug: string, options: PullOptions): Promise<void> {
  const chosen = checkOptions(options);
  const { client, paths } = context;
  const listing = await findListing(client, slug);
  const plan = { ...chosen, ...coreOf(listing), listing };
  const identity = await admittedIdentity(context, listing);
  const market = await client.market();
  const { id: feedId, kind, mode, cores } = listing.feed;
  if (chosen.seed && mode === 'open')
    refuseUsage(`--seed is for sealed feeds: what you pass on of ${slug} anybody could read`);
  if (market.swarm.seeders.length === 0 && mode === 'open') throw noSeeders();
  await using swarm = await BuyerSwarm.open({
    storeDir: paths.store,
    keyPair: identity.keyPair,
    device: await deviceId(paths.device),
    marketKey: market.publicKey,
    place: await lastPlace(paths.place, market.swarm),
    refresh: async () => (await client.market()).swarm,
    passesOn: chosen.seed,
  });
  const replica = await swarm.feed({ feedId, kind, mode, cores });
  await pullInto(context, replica, plan);
  if (chosen.seed) await passOn(context, slug);
}

async function passOn({ console }: Context, slug: string): Promise<void> {
  console.note(`Others fetch ${slug} from here now. Stop with Ctrl-C.`);
  await untilInterrupted();
}

async function pullInto(context: Context, replica: FeedReplica, plan: Plan): Promise<void> {
  const { listing, knownLength, to, live } = plan;
  const line = progressLine(context, plan);
  const interrupt = interruption();
  let next = 0;
  try {
    const result = await pullBlocks({
      replica,
      range: { to, live, knownLength },
      signal: interrupt.signal,
      openSink: (fromBlock) => openSink(plan, fromBlock),
      onProgress: (progress) => {
        next = progress.next;
        line?.draw(progress, Date.now());
      },
    });
    line?.clear();
    tellResult(context, plan, { ...result, next });
  } catch (error) {
    line?.clear();
    if (error instanceof ReaderGone) return;
    if (error instanceof Interrupted && live) return tellResult(context, plan, { next });
    throw explain(error, listing, next, context.settings.repeated);
  } finally {
    interrupt.release();
  }
}

function openSink(plan: Plan, fromBlock: number) {
  const { listing, coreKey, format, from, overwrite, out } = plan;
  if (out === undefined) {
    return Promise.resolve(new StreamSink(process.stdout, format, from ?? fromBlock));
  }
  const wanted = { listing: listing.slug, coreKey, format, from, fromBlock, overwrite };
  return FileSink.open(out, wanted);
}

function explain(error: unknown, listing: Listing, next: number, repeated: string): unknown {
  if (error instanceof Interrupted) {
    const message = `stopped before block ${next}`;
    return new Failure(EXIT.interrupted, 'interrupted', message, 'run it again to go on');
  }
  if (error instanceof SealError) return explainSeal(error, listing);
  if (!(error instanceof AccessEnded)) return error;
  const { expiresAtMs, reason } = error;
  const at = expiresAtMs === null ? '' : ` at ${localTime(expiresAtMs)}`;
  const what = reason === 'revoked' ? 'was revoked' : `ended${at}`;
  const message = `access to ${listing.slug} ${what}`;
  return new Failure(
    EXIT.accessEnded,
    'access-ended',
    message,
    `buy more with: ${buyCommand(listing, repeated)}`,
  );
}

function explainSeal({ code, message }: SealError, { slug }: Listing): Failure {
  if (code !== 'no-key') return new Failure(EXIT.market, 'seal-broken', message);
  return new Failure(
    EXIT.noAccess,
    'no-key',
    message,
    `your access to ${slug} does not cover it, or a seeder has yet to give you the key: try again`,
  );
}

async function admittedIdentity(context: Context, listing: Listing): Promise<Identity> {
  const { client } = context;
  const command = buyCommand(listing, context.settings.repeated);
  const identity = await knownIdentity(context);
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
  const ended = localTime(grant.expiresAtMs ?? 0);
  return fail(`your access to ${slug} ended at ${ended}`, 'buy more with');
}

function coreOf({ slug, feed }: Listing): { coreKey: string; knownLength: number } {
  const [core] = feed.cores;
  if (core && feed.cores.length === 1) return { coreKey: core.key, knownLength: core.length };
  if (core)
    throw new Failure(
      EXIT.fault,
      'unknown-kind',
      `${slug} is a ${feed.kind}, which this dazaar cannot pull`,
    );
  throw new Failure(EXIT.noSeeder, 'no-core', `${slug} has no data yet`, 'try again in a while');
}

function checkOptions(options: PullOptions) {
  const { live = false, out, overwrite = false, seed = false } = options;
  const from = indexOption('--from', options.from);
  const to = indexOption('--to', options.to);
  if (from !== undefined && to !== undefined && from > to) {
    refuseUsage(`--from ${from} is after --to ${to}`);
  }
  const format = FORMATS.find((known) => known === options.format);
  if (!format) return refuseUsage(`--format must be ${FORMATS.join(' or ')}`);
  if (overwrite && out === undefined) refuseUsage('--overwrite is for --out FILE');
  return { live, out, overwrite, from, to, format, seed };
}

function indexOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return refuseUsage(`${name} must be a block number: 0, 1, 2 …`);
}

function progressLine({ console }: Context, plan: Plan): ProgressLine | null {
  const dataOnTerminal = plan.out === undefined && console.out.isTTY;
  if (!console.err.isTTY || dataOnTerminal || console.json) return null;
  return new ProgressLine(console.err, plan.listing.slug, Date.now());
}

interface Result {
  next: number;
  blocks?: number;
  bytes?: number;
}

function tellResult({ console }: Context, plan: Plan, { blocks, bytes, next }: Result): void {
  const summary = { listing: plan.listing.slug, blocks, bytes, next, out: plan.out ?? null };
  // The standard output belongs to the blocks when they go there.
  if (console.json && plan.out === undefined) process.stderr.write(`${JSON.stringify(summary)}\n`);
  else console.data(summary);
  if (plan.out === undefined || blocks === undefined || bytes === undefined) return;
  const what = blocks === 0 ? 'Nothing new' : `${count(blocks)} blocks, ${byteSize(bytes)}`;
  console.note(`${what}; ${plan.out} ends before block ${next}.`);
}

const noSeeders = () =>
  new Failure(EXIT.noSeeder, 'no-seeder', 'the market has no seeder up', 'try again in a while');
