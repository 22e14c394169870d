import { stringify } from 'csv-stringify/sync';
import type { Column } from './columns.ts';

/** The header row. */
export function csvHead(columns: readonly Column[]): string {
  return stringify([columns.map(({ name }) => name)], { record_delimiter: 'windows' });
}

/** Rows as CSV (RFC 4180); objects and arrays as JSON, what is not there as an empty cell. */
export function csvRows(
  rows: readonly Record<string, unknown>[],
  columns: readonly Column[],
): string {
  const cells = rows.map((row) => columns.map(({ name }) => cellOf(row[name])));
  return stringify(cells, { record_delimiter: 'windows' });
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
