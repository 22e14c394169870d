import { stringify } from 'csv-stringify/sync';
import type { ListingPreview } from '../contract/index.ts';

type Item = ListingPreview['items'][number];

// What a spreadsheet takes for the beginning of a formula.
const FORMULA = /^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;

/** A preview as it was sold: each value on a line of its own. What is no JSON is `{"base64": …}`. */
export function ndjsonSample({ kind, items }: ListingPreview, blockSchema: unknown): string {
  const names = namesOf(blockSchema);
  return items.map((item) => `${JSON.stringify(lineOf(kind, item, names))}\n`).join('');
}

/**
 * A preview as CSV (RFC 4180): the schema's properties, then what values have besides. A text that a spreadsheet would
 * run as a formula gets an apostrophe before it; numbers, negative ones too, stay what they are.
 */
export function csvSample({ kind, items }: ListingPreview, blockSchema: unknown): string {
  const names = namesOf(blockSchema);
  const rows = items.map((item) => rowOf(kind, item, names));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return stringify(
    [columns, ...rows.map((row) => columns.map((name) => row.get(name)))].map((row) =>
      row.map(cell),
    ),
    { record_delimiter: '\r\n' },
  );
}

function lineOf(kind: ListingPreview['kind'], item: Item, names: string[]): unknown {
  const { key, path, base64 } = item;
  const value = base64 === undefined ? ordered(item.value, names) : { base64 };
  if (kind === 'hyperbee') return base64 === undefined ? { key, value } : { key, base64 };
  return kind === 'hyperdrive' ? { path, ...(item.value as object) } : value;
}

function rowOf(kind: ListingPreview['kind'], item: Item, names: string[]): Map<string, unknown> {
  const { key, path, base64 } = item;
  const value = ordered(item.value, names);
  const name = kind === 'hyperbee' ? [['key', key]] : kind === 'hyperdrive' ? [['path', path]] : [];
  const content =
    base64 !== undefined
      ? [['base64', base64]]
      : isObject(value)
        ? Object.entries(value)
        : [['value', value]];
  return new Map([...name, ...content] as [string, unknown][]);
}

// The database keeps members in an order of its own.
function ordered(value: unknown, names: string[]): unknown {
  if (!isObject(value)) return value;
  const known = names.filter((name) => Object.hasOwn(value, name));
  const all = [...new Set([...known, ...Object.keys(value)])];
  return Object.fromEntries(all.map((name) => [name, value[name]]));
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

function namesOf(blockSchema: unknown): string[] {
  const properties = isObject(blockSchema) ? blockSchema.properties : undefined;
  return isObject(properties) ? Object.keys(properties) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
