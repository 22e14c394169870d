import { open, rename, rm } from 'node:fs/promises';
import type { Context } from '../context.ts';
import type { Column } from '../export/columns.ts';
import { csvHead, csvRows } from '../export/csv.ts';
import { blockRows, entryRows, exportColumns, lineOf, type Row, valuesOf } from '../export/rows.ts';
import { refuseUsage, systemCode, unwritable } from '../failure.ts';
import { PartFile, refuseExisting } from '../pull/part-file.ts';
import { notCovered } from '../pull/pull.ts';
import { contentOf, type Log, type Table, updated } from '../reading/content.ts';
import { type OpenFeed, readFeed } from '../reading/open-feed.ts';
import { byteSize, count } from '../terminal/amounts.ts';
import { blockNumber } from './block-number.ts';

const FORMATS = ['csv', 'ndjson', 'parquet'] as const;
const ROWS_A_WRITE = 256;

type ExportFormat = (typeof FORMATS)[number];

export interface ExportOptions {
  format: string;
  out: string;
  from?: string;
  to?: string;
  overwrite?: boolean;
}

interface Wanted {
  format: ExportFormat;
  out: string;
  from: number | undefined;
  to: number | undefined;
}

interface Exported {
  rows: number;
  bytes: number;
}

/** Writes a feed's blocks or entries as a table, into a file that is there when it is whole. */
export async function exportFeed(
  context: Context,
  name: string,
  options: ExportOptions,
): Promise<void> {
  const wanted = checkOptions(options);
  const { out } = wanted;
  if (!options.overwrite) await refuseExisting(out);
  const exported = await readFeed(context, name, {
    check: ({ slug, feed }) => {
      if (feed.kind === 'hyperdrive') refuseUsage(`${slug} holds files`, 'pull fetches them');
      if (feed.kind === 'hyperbee') checkRange(slug, wanted);
    },
    stopped: () => `stopped before ${out} was whole`,
    read: (feed) => exportContent(feed, wanted),
  });
  if (!exported) return;
  context.console.data({ listing: name, ...exported, out });
  context.console.note(`${count(exported.rows)} rows, ${byteSize(exported.bytes)} in ${out}.`);
}

async function exportContent(feed: OpenFeed, wanted: Wanted): Promise<Exported> {
  const { listing, replica, watch } = feed;
  const content = await contentOf(listing, replica, watch);
  if (content.is === 'files') return refuseUsage(`${listing.slug} holds files`);
  if (content.is === 'table') checkRange(listing.slug, wanted);
  const columns = exportColumns(listing.feed.blockSchema, content.is === 'table');
  const source =
    content.is === 'log'
      ? await logSource(feed, content, wanted, columns)
      : tableSource(feed, content, columns);
  if (wanted.format === 'parquet') return exportParquet(wanted.out, source.rows(null), columns);
  return exportText(wanted, source, columns, `${wanted.format} ${source.identity}`);
}

/** Where rows come from: all, or those behind a position of an earlier run. */
interface Source {
  /** Which data it is: a part of a file of anything else cannot be gone on with. */
  identity: string;
  rows(position: string | null): AsyncGenerator<Row>;
}

async function logSource(
  { replica, watch }: OpenFeed,
  log: Log,
  wanted: Wanted,
  columns: readonly Column[],
): Promise<Source> {
  const { core } = log;
  await updated(core, Math.min(log.knownLength, wanted.to ?? Infinity), watch);
  const fromBlock = replica.fromBlockOf(core);
  const from = wanted.from ?? fromBlock;
  const to = Math.min(core.length, wanted.to ?? Infinity);
  if (from < fromBlock) {
    throw notCovered(from, fromBlock);
  }
  return {
    identity: JSON.stringify([replica.key, from, wanted.to ?? null, columns]),
    rows: (position) =>
      blockRows(log, watch, { from: position === null ? from : Number(position), to }),
  };
}

function tableSource(
  { replica, watch }: OpenFeed,
  table: Table,
  columns: readonly Column[],
): Source {
  const now = { version: table.core.length, after: '' };
  return {
    identity: JSON.stringify([replica.key, columns]),
    rows: (position) => entryRows(table, watch, position === null ? now : JSON.parse(position)),
  };
}

async function exportText(
  { out, format }: Wanted,
  source: Source,
  columns: readonly Column[],
  purpose: string,
): Promise<Exported> {
  const part = await PartFile.open(out, purpose);
  const written = { rows: 0, bytes: 0 };
  let isFinished = false;
  const text = (batch: readonly Row[]) => {
    if (format === 'ndjson') return batch.map(lineOf).join('');
    return csvRows(
      batch.map((row) => valuesOf(row, columns)),
      columns,
    );
  };
  const write = async (batch: readonly Row[]) => {
    await part.write(Buffer.from(text(batch)), batch.at(-1)!.position);
    written.rows += batch.length;
  };
  try {
    const { position } = part;
    if (position === null && format === 'csv')
      await part.write(Buffer.from(csvHead(columns)), null);
    for await (const batch of batchesOf(source.rows(position))) await write(batch);
    await part.finish();
    isFinished = true;
    return { ...written, bytes: part.bytes };
  } finally {
    await part.close(isFinished);
  }
}

// The end of a Parquet file says where everything in it lies: what was interrupted is begun again.
async function exportParquet(
  out: string,
  rows: AsyncIterable<Row>,
  columns: readonly Column[],
): Promise<Exported> {
  const { writeParquet } = await import('../export/parquet.ts');
  const part = `${out}.part`;
  async function* values() {
    for await (const row of rows) yield valuesOf(row, columns);
  }
  try {
    const written = await writeParquet(part, values(), columns);
    await using file = await open(part, 'r+');
    await file.sync();
    const { size } = await file.stat();
    await rename(part, out);
    return { rows: written, bytes: size };
  } catch (error) {
    await rm(part, { force: true });
    const code = systemCode(error);
    if (!code || !/^E[A-Z]+$/.test(code)) throw error;
    throw unwritable(out, error);
  }
}

async function* batchesOf(rows: AsyncIterable<Row>): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_A_WRITE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function checkOptions({ format: text, out, from, to }: ExportOptions): Wanted {
  const format = FORMATS.find((known) => known === text);
  if (!format) return refuseUsage(`--format must be one of ${FORMATS.join(', ')}`);
  const range = { from: blockNumber('--from', from), to: blockNumber('--to', to) };
  if (range.from !== undefined && range.to !== undefined && range.from > range.to) {
    refuseUsage(`--from ${range.from} is after --to ${range.to}`);
  }
  return { format, out, ...range };
}

function checkRange(slug: string, { from, to }: Wanted): void {
  if (from === undefined && to === undefined) return;
  refuseUsage(`${slug} has no blocks to number`, 'leave --from and --to out');
}
