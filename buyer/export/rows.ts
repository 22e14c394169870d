import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { readBlocks } from '../pull/block-reader.ts';
import type { Watch } from '../pull/watch.ts';
import type { Log, Table } from '../reading/content.ts';
import { decoded, entryOf, valueBytes } from '../reading/values.ts';
import { type Column, columnsOf, isObject } from './columns.ts';

const KEY: Column = { name: 'key', type: 'text' };
const VALUE: Column = { name: 'value', type: 'json' };

/** A block or an entry on its way into a table, and from where to go on behind it. */
export interface Row {
  /** Of an entry. */
  key?: string;
  bytes: Buffer;
  position: string;
}

/** The columns of an export: what the schema declares; a single one where it declares none. Entries begin with their key. */
export function exportColumns(blockSchema: unknown, isTable: boolean): Column[] {
  const declared = columnsOf(blockSchema);
  const columns = declared.length > 0 ? declared : [VALUE];
  return isTable ? [KEY, ...columns.filter(({ name }) => name !== KEY.name)] : columns;
}

/** Blocks as rows, from one on to before another. */
export async function* blockRows(
  { core }: Log,
  watch: Watch,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Row> {
  const more = () => Promise.resolve(false);
  let index = from;
  const reading = { core, from, end: () => to, more, stopped: watch.stopped };
  for await (const blocks of readBlocks(reading)) {
    watch.progressed();
    for (const bytes of blocks) {
      index += 1;
      yield { bytes, position: String(index) };
    }
  }
}

/** Entries as rows, as of one version, in the order of their keys. */
export async function* entryRows(
  { bee }: Table,
  watch: Watch,
  { version, after }: { version: number; after: string },
): AsyncGenerator<Row> {
  const tree = bee.checkout(version);
  try {
    const range = after === '' ? {} : { gt: after };
    for await (const { key, value } of watch.over(tree.createReadStream(range))) {
      yield { key, bytes: valueBytes(value), position: JSON.stringify({ version, after: key }) };
    }
  } finally {
    await tree.close();
  }
}

/** A row's values by the names of columns. @throws Failure where it is no JSON, or not of that shape */
export function valuesOf(
  { key, bytes, position }: Row,
  columns: readonly Column[],
): Record<string, unknown> {
  const what = key === undefined ? `block ${Number(position) - 1}` : `the entry "${key}"`;
  const found = decoded(bytes);
  if (!('value' in found)) throw noRow(`${what} is not JSON`);
  const named = key === undefined ? {} : { key };
  if (columns.includes(VALUE)) return { value: found.value, ...named };
  if (!isObject(found.value)) throw noRow(`${what} is no JSON object`);
  return { ...found.value, ...named };
}

/** A row as a line of JSON: a block's value as it is, an entry with its key. @throws Failure */
export function lineOf({ key, bytes, position }: Row): string {
  if (key !== undefined) return `${JSON.stringify(entryOf({ key, value: bytes }))}\n`;
  const found = decoded(bytes);
  if (!('value' in found)) throw noRow(`block ${Number(position) - 1} is not JSON`);
  return `${JSON.stringify(found.value)}\n`;
}

const noRow = (message: string) =>
  new Failure(EXIT.fault, 'no-row', message, 'pull gives the bytes as they are, with --format raw');
