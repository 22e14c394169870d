import { CsvReader } from './csv.ts';
import { jsonObject } from './json-object.ts';
import type { RowFormat } from './upload-type.ts';

// A batch holds at most 8,192 changes and 4 MiB: a sign is up to three bytes.
const MAX_ENTRIES = 4_000;
const MAX_SIGNS = 1_000_000;

export interface EntryOptions {
  format: RowFormat;
  /** The column, or the member, whose value is the key. */
  keyColumn: string;
  /** The types that a column's cells may have, as the block schema says; none is text. */
  typesOf: (column: string) => string[];
}

/** Changes of a Hyperbee, an NDJSON line each; or what is wrong with a row, after which nothing comes. */
export type EntryBatch = { lines: string; entries: number } | { fault: string };

/** Cuts a table into batches of changes: each row is put under the key that stands in one of its columns. */
export async function* entryBatches(
  text: AsyncIterable<string>,
  options: EntryOptions,
): AsyncGenerator<EntryBatch> {
  let batch: string[] = [];
  let signs = 0;
  const rows = options.format === 'csv' ? fromCsv(text, options) : fromLines(text, options);
  for await (const change of rows) {
    if (typeof change !== 'string') return yield change;
    if (batch.length === MAX_ENTRIES || (batch.length > 0 && signs + change.length > MAX_SIGNS)) {
      yield { lines: batch.join('\n'), entries: batch.length };
      batch = [];
      signs = 0;
    }
    batch.push(change);
    signs += change.length;
  }
  if (batch.length > 0) yield { lines: batch.join('\n'), entries: batch.length };
}

async function* fromCsv(
  text: AsyncIterable<string>,
  { keyColumn, typesOf }: EntryOptions,
): AsyncGenerator<string | { fault: string }> {
  let columns: string[] | null = null;
  let number = 0;
  for await (const row of csvRowsOf(text)) {
    number += 1;
    if (!columns) {
      columns = row.map((name) => name.trim());
      if (columns.includes(keyColumn)) continue;
      return yield { fault: `There is no column "${keyColumn}" in the header row.` };
    }
    if (row.length !== columns.length) {
      const counts = `${row.length} values, and the header row ${columns.length}`;
      return yield { fault: `Row ${number} has ${counts}.` };
    }
    const key = row[columns.indexOf(keyColumn)]!;
    if (key === '') return yield { fault: `Row ${number} has no key in "${keyColumn}".` };
    const members = columns.flatMap((name, at) => {
      const value = name === keyColumn ? null : cellJson(row[at]!, typesOf(name));
      return value === null ? [] : [`${JSON.stringify(name)}:${value}`];
    });
    yield putOf(key, `{${members.join(',')}}`);
  }
}

async function* csvRowsOf(text: AsyncIterable<string>): AsyncGenerator<string[]> {
  const reader = new CsvReader();
  for await (const piece of text) yield* reader.push(piece);
  yield* reader.end();
}

async function* fromLines(
  text: AsyncIterable<string>,
  { keyColumn }: EntryOptions,
): AsyncGenerator<string | { fault: string }> {
  let number = 0;
  for await (const line of linesOf(text)) {
    number += 1;
    if (line.trim() === '') continue;
    const value = jsonObject(line);
    if (!value) return yield { fault: `Line ${number} is not a JSON object.` };
    if (value.op === 'put' || value.op === 'del') {
      yield line;
      continue;
    }
    const { [keyColumn]: key, ...rest } = value;
    if (typeof key !== 'string' && typeof key !== 'number') {
      return yield { fault: `Line ${number} has no key in "${keyColumn}".` };
    }
    yield putOf(String(key), JSON.stringify(rest));
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function putOf(key: string, value: string): string {
  return `{"op":"put","key":${JSON.stringify(key)},"value":${value}}`;
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A cell as JSON; null leaves it out. Numbers keep their digits. */
function cellJson(cell: string, types: readonly string[]): string | null {
  const isText = types.length === 0 || types.includes('string');
  if (cell === '' && !isText) return types.includes('null') ? 'null' : null;
  const isNumber = types.includes('number') || types.includes('integer');
  if (isNumber && NUMBER.test(cell)) return cell;
  if (types.includes('boolean') && /^(true|false)$/.test(cell)) return cell;
  return JSON.stringify(cell);
}
