import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { PartFile, refuseExisting } from '../pull/part-file.ts';
import { notCovered } from '../pull/pull.ts';
import { contentOf, type Files, type Log, type Table } from '../reading/content.ts';
import { type OpenFeed, readFeed } from '../reading/open-feed.ts';
import { valueBytes } from '../reading/values.ts';
import { byteSize } from '../terminal/amounts.ts';
import { StreamWriter } from '../terminal/stream-writer.ts';
import { plainLine } from '../terminal/text.ts';

const LISTED = 'ls shows what there is';
const NEWLINE = Buffer.from('\n');

export interface GetOptions {
  out?: string;
  overwrite?: boolean;
}

/** Fetches one file, one entry's value or one block, and no more than that takes. */
export async function get(
  context: Context,
  name: string,
  what: string,
  { out, overwrite = false }: GetOptions,
): Promise<void> {
  if (out !== undefined && !overwrite) await refuseExisting(out);
  if (out === undefined && overwrite) refuseUsage('--overwrite is for --out FILE');
  const bytes = await readFeed(context, name, {
    stopped: () => `stopped before all of ${what} was here`,
    read: async (feed) => {
      const content = await contentOf(feed.listing, feed.replica, feed.watch);
      const chunks = chunksOf(feed, content, what);
      return out === undefined ? writeOut(chunks, content) : writeFile(out, chunks);
    },
  });
  if (out === undefined || bytes === null) return;
  context.console.data({ listing: name, get: what, bytes, out });
  context.console.note(`${byteSize(bytes)} in ${out}.`);
}

type Content = Awaited<ReturnType<typeof contentOf>>;

function chunksOf(feed: OpenFeed, content: Content, what: string): AsyncIterable<Uint8Array> {
  if (content.is === 'files') return fileOf(feed, content, what);
  return content.is === 'table' ? entryValue(feed, content, what) : blockOf(feed, content, what);
}

async function* fileOf({ watch }: OpenFeed, { drive }: Files, what: string) {
  const path = `/${what.split('/').filter(Boolean).join('/')}`;
  const entry = await watch.of(drive.entry(path));
  if (!entry?.value.blob) throw notFound(`file ${path}`, LISTED);
  const blobs = await watch.of(drive.getBlobs());
  yield* watch.over(blobs.createReadStream(entry.value.blob));
}

async function* entryValue({ watch }: OpenFeed, { bee }: Table, key: string) {
  const entry = await watch.of(bee.get(key));
  if (!entry) throw notFound(`entry "${key}"`, LISTED);
  yield valueBytes(entry.value);
}

async function* blockOf({ watch, listing, replica }: OpenFeed, log: Log, what: string) {
  const index = Number(what);
  if (!/^\d{1,15}$/.test(what)) {
    refuseUsage(`${listing.slug} is a log: get takes a block’s number, such as 0`);
  }
  const { core } = log;
  if (index >= core.length) await watch.currentLength(core);
  if (index >= core.length)
    throw notFound(`block ${index}`, `there are ${core.length}, numbered from 0`);
  const fromBlock = replica.fromBlockOf(core);
  if (index < fromBlock) {
    throw notCovered(index, fromBlock);
  }
  const block = await watch.of(core.get(index));
  if (!block) throw notFound(`block ${index}`);
  yield block;
}

async function writeOut(chunks: AsyncIterable<Uint8Array>, { is }: Content): Promise<number> {
  const writer = new StreamWriter(process.stdout);
  let bytes = 0;
  for await (const chunk of chunks) {
    await writer.write(chunk);
    bytes += chunk.byteLength;
  }
  // A file is handed on to the byte; a value is shown on a line of its own.
  if (is !== 'files') await writer.write(NEWLINE);
  await writer.flush();
  return bytes;
}

async function writeFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const part = await PartFile.open(path, 'get');
  let isFinished = false;
  try {
    for await (const chunk of chunks) await part.write(chunk, null);
    await part.finish();
    isFinished = true;
    return part.bytes;
  } finally {
    await part.close(isFinished);
  }
}

const notFound = (what: string, hint?: string) =>
  new Failure(EXIT.usage, 'not-found', `there is no ${plainLine(what)}`, hint);
