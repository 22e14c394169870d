import { stat } from 'node:fs/promises';
import type Hyperbee from 'hyperbee';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Table } from '../reading/content.ts';
import { entryOf } from '../reading/values.ts';
import type { StreamWriter } from '../terminal/stream-writer.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { PartFile, refuseExisting } from './part-file.ts';
import type { Watch } from './watch.ts';

const LINES_A_WRITE = 256;

interface Entry {
  key: string;
  value: Buffer | null;
}

export interface TablePulling {
  table: Table;
  watch: Watch;
  /** Called with how many entries and bytes were written so far. */
  onProgress: (entries: number, bytes: number) => void;
}

export interface TablePulled {
  entries: number;
  bytes: number;
  /** The version of the tree that was written. */
  version: number;
}

/** Writes all entries to a stream, a line each, in the order of their keys. */
export async function streamTable(
  { table, watch, onProgress }: TablePulling,
  writer: StreamWriter,
): Promise<TablePulled> {
  const version = table.core.length;
  const pulled = { entries: 0, bytes: 0, version };
  for await (const { lines, count } of linesOf(table.bee, version, '', watch)) {
    await writer.write(lines);
    pulled.entries += count;
    pulled.bytes += lines.byteLength;
    onProgress(pulled.entries, pulled.bytes);
  }
  await writer.flush();
  return pulled;
}

/**
 * Writes all entries as of one version to a file, which takes the place of the one of an earlier pull when it is whole;
 * interrupted, the next run goes on at that version. Nothing is written when the file has the newest version already.
 */
export async function pullTable(
  pulling: TablePulling,
  path: string,
  { listing, coreKey, overwrite }: { listing: string; coreKey: string; overwrite: boolean },
): Promise<TablePulled> {
  const earlier = overwrite ? null : await earlierVersion(path, coreKey);
  const { table } = pulling;
  if (earlier === table.core.length) return { entries: 0, bytes: 0, version: earlier };
  const part = await PartFile.open(path, `table ${coreKey}`);
  let isFinished = false;
  try {
    const pulled = await fill(pulling, part);
    const { version } = pulled;
    const note = { version: 1, listing, coreKey, format: 'ndjson', from: 0 } as const;
    const done = { ...note, next: version, bytes: part.bytes };
    // A file that nobody wrote a note for would be refused the next time.
    if (earlier === null) await writeCheckpoint(path, done);
    await part.finish();
    if (earlier !== null) await writeCheckpoint(path, done);
    isFinished = true;
    return pulled;
  } finally {
    await part.close(isFinished);
  }
}

async function fill(
  { table, watch, onProgress }: TablePulling,
  part: PartFile,
): Promise<TablePulled> {
  const { version, after } = parsePosition(part.position) ?? {
    version: table.core.length,
    after: '',
  };
  const pulled = { entries: 0, bytes: 0, version };
  for await (const { lines, count, last } of linesOf(table.bee, version, after, watch)) {
    await part.write(lines, JSON.stringify({ version, after: last }));
    pulled.entries += count;
    pulled.bytes += lines.byteLength;
    onProgress(pulled.entries, pulled.bytes);
  }
  return pulled;
}

async function* linesOf(
  bee: Hyperbee<Buffer | null>,
  version: number,
  after: string,
  watch: Watch,
) {
  const tree = bee.checkout(version);
  const range = after === '' ? {} : { gt: after };
  let batch: Entry[] = [];
  try {
    for await (const entry of watch.over(tree.createReadStream(range))) {
      batch.push(entry);
      if (batch.length < LINES_A_WRITE) continue;
      yield asLines(batch);
      batch = [];
    }
    if (batch.length > 0) yield asLines(batch);
  } finally {
    await tree.close();
  }
}

function asLines(entries: readonly Entry[]) {
  const text = entries.map((entry) => `${JSON.stringify(entryOf(entry))}\n`).join('');
  return { lines: Buffer.from(text), count: entries.length, last: entries.at(-1)!.key };
}

/** The version in a file of an earlier pull; null when there is no file. @throws Failure */
async function earlierVersion(path: string, coreKey: string): Promise<number | null> {
  const checkpoint = await readCheckpoint(path);
  const found = await stat(path).catch(() => null);
  if (!found) return null;
  if (!checkpoint) await refuseExisting(path);
  if (checkpoint?.coreKey === coreKey) return checkpoint.next;
  throw new Failure(
    EXIT.local,
    'other-feed',
    `${path} holds another feed (${checkpoint?.listing})`,
    'give another --out, or start anew with --overwrite',
  );
}

function parsePosition(text: string | null): { version: number; after: string } | null {
  return text === null ? null : (JSON.parse(text) as { version: number; after: string });
}
