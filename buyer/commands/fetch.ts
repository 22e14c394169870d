import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { buyCommand, findListing, isOpenToAll } from '../find-listing.ts';
import { fetchBlocks, GatewayRefusal } from '../gateway-client.ts';
import type { Identity } from '../identity.ts';
import { tokenOf } from '../key-proof.ts';
import { liveGrants } from '../live-grants.ts';
import { knownIdentity } from '../own-identity.ts';
import { FileSink } from '../pull/file-sink.ts';
import { FORMATS } from '../pull/format.ts';
import type { Sink } from '../pull/sink.ts';
import { StreamSink } from '../pull/stream-sink.ts';
import { blockNumber } from './block-number.ts';

const BATCH_BLOCKS = 256;
// A token lives for ten minutes.
const TOKEN_USED_MS = 5 * 60 * 1000;

export interface FetchOptions {
  from?: string;
  to?: string;
  out?: string;
  format: string;
  gateway?: string;
}

/** Fetches blocks over HTTP, for where no peer can be reached; each is verified against the feed's key. */
export async function fetchOverHttp(
  context: Context,
  slug: string,
  options: FetchOptions,
): Promise<void> {
  const { client, console, settings } = context;
  const listing = await findListing(client, slug);
  const { feed } = listing;
  const [core] = feed.cores;
  if (!core || feed.kind !== 'hypercore') {
    throw new Failure(EXIT.fault, 'unknown-kind', `${slug} has no blocks that can be fetched so`);
  }
  const identity = await knownIdentity(context);
  const hint = `buy it with: ${buyCommand(listing, settings.repeated)}`;
  const isOpen = isOpenToAll(listing);
  if (!identity && !isOpen)
    throw new Failure(EXIT.noAccess, 'no-access', `you have no access to ${slug}`, hint);
  const access = identity && (await accessOf(context, identity, slug));
  const sink = await openSink(slug, core.key, options, access?.fromBlock ?? 0);
  const source = {
    gateways: await gatewaysOf(context, options),
    feedId: feed.id,
    coreKey: Buffer.from(core.key, 'hex'),
    isSealed: feed.mode === 'sealed',
    authorize: identity && access ? tokens(context, identity) : () => Promise.resolve(null),
  };
  const from = sink.next;
  try {
    const blocks = fetchBlocks(source, { start: from, end: blockNumber('--to', options.to) });
    for await (const batch of batchesOf(blocks)) await sink.write(batch);
  } catch (error) {
    if (!(error instanceof GatewayRefusal) || error.status !== 402) throw error;
    throw new Failure(EXIT.noAccess, 'no-access', `${error.message}`, hint);
  } finally {
    await sink.close();
  }
  if (options.out === undefined) return;
  console.data({ listing: slug, blocks: sink.next - from, next: sink.next, out: options.out });
  console.note(`${sink.next - from} blocks; ${options.out} ends before block ${sink.next}.`);
}

/** The live grant of a key; undefined when it has none. */
async function accessOf({ client }: Context, identity: Identity, slug: string) {
  return liveGrants(await client.grants(await tokenOf(client, identity), slug))[0];
}

function openSink(
  listing: string,
  coreKey: string,
  options: FetchOptions,
  fromBlock: number,
): Promise<Sink> | Sink {
  const from = blockNumber('--from', options.from);
  const format = FORMATS.find((known) => known === options.format);
  if (!format) return refuseUsage(`--format must be ${FORMATS.join(' or ')}`);
  if (options.out === undefined) return new StreamSink(process.stdout, format, from ?? fromBlock);
  return FileSink.open(options.out, {
    listing,
    coreKey,
    format,
    from,
    fromBlock,
    overwrite: false,
  });
}

async function gatewaysOf({ client }: Context, { gateway }: FetchOptions): Promise<URL[]> {
  const known = gateway === undefined ? (await client.market()).gateways : [gateway];
  if (known.length === 0) {
    throw new Failure(
      EXIT.noSeeder,
      'no-gateway',
      'the market has no gateway up',
      'try dazaar pull',
    );
  }
  return known.map((each) =>
    URL.canParse(each) ? new URL(each) : refuseUsage(`--gateway ${each} is no address`),
  );
}

function tokens({ client }: Context, identity: Identity): () => Promise<string> {
  let token = '';
  let usedUntilMs = 0;
  return async () => {
    if (performance.now() >= usedUntilMs) {
      token = await tokenOf(client, identity);
      usedUntilMs = performance.now() + TOKEN_USED_MS;
    }
    return `Bearer ${token}`;
  };
}

async function* batchesOf(
  blocks: AsyncIterable<{ block: Buffer }>,
): AsyncGenerator<Buffer[], void, void> {
  let batch: Buffer[] = [];
  for await (const { block } of blocks) {
    batch.push(block);
    if (batch.length < BATCH_BLOCKS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
