import { bytes } from '../../parts/bytes.ts';
import type { ChartCell, ChartColumn } from '../../parts/chart.ts';

const MAX_COLUMNS = 24;
const MAX_CELL = 300;

/** A block as a row of a table. */
export interface Row {
  index: number;
  byteLength: number;
  /** undefined: no JSON, or too large to show. */
  value: unknown;
}

export interface Sheet {
  columns: ChartColumn[];
  rows: ChartCell[][];
  /** The property that says when a block was; null when none does. */
  timeName: string | null;
}

/** Blocks as a table: the columns that the schema declares, or else those that the values have; x of a chart first. */
export function sheetOf(rows: Row[], schema: unknown): Sheet {
  const objects = rows.map(({ value }) => value);
  const names = objects.every(isObject) ? namesOf(objects, schema) : [];
  const timeName = timeColumn(names, rows);
  const rest = names.filter((name) => name !== timeName);
  const isNumber = (name: string) => isNumeric(objects.map((value) => propertyOf(value, name)));
  const columns: ChartColumn[] = [
    ...(timeName === null ? [] : [{ name: timeName, kind: 'time' as const }]),
    { name: 'Block', kind: timeName === null ? 'number' : 'text' },
    ...rest.map((name) => ({
      name,
      kind: isNumber(name) ? ('number' as const) : ('text' as const),
    })),
    ...(names.length === 0 ? [{ name: 'Content', kind: 'text' as const }] : []),
  ];
  return { columns, timeName, rows: rows.map((row) => cellsOf(row, columns, names)) };
}

function cellsOf(row: Row, columns: ChartColumn[], names: string[]): ChartCell[] {
  return columns.map(({ name, kind }, at) => {
    if (kind === 'time') return timeOf(propertyOf(row.value, name));
    const isIndex = name === 'Block' && at === (columns[0]!.kind === 'time' ? 1 : 0);
    if (isIndex) return kind === 'number' ? row.index : String(row.index);
    if (names.length > 0) return cell(propertyOf(row.value, name), kind);
    if (row.value === undefined) return `${bytes(row.byteLength)}: no JSON, or too much to show`;
    return cell(row.value, 'text');
  });
}

function cell(value: unknown, kind: ChartColumn['kind']): ChartCell {
  if (value === undefined || value === null) return null;
  if (kind === 'number') return value as number;
  return shortText(value);
}

/** A value as a cell shows it. */
export function shortText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text;
}

function namesOf(objects: Record<string, unknown>[], schema: unknown): string[] {
  const properties = isObject(schema) ? schema.properties : undefined;
  const declared = isObject(properties) ? Object.keys(properties) : [];
  const met = declared.length > 0 ? [] : objects.flatMap((value) => Object.keys(value));
  return [...new Set([...declared, ...met])].slice(0, MAX_COLUMNS);
}

/** Names that mean a time where the values can be read as one. */
const TIME =
  /^(date|day|hour|month|year|time|datetime|timestamp|ts|at|t)$|(_|\b)(at|date|time)$|(At|Ms|Time|Date)$/;

function timeColumn(names: string[], rows: Row[]): string | null {
  if (rows.length === 0) return null;
  const isTime = (name: string) =>
    TIME.test(name) && rows.every(({ value }) => timeOf(propertyOf(value, name)) !== null);
  return names.find(isTime) ?? null;
}

const MS_FROM = 1e11;
const SECONDS_FROM = 1e8;
const LAST_MS = 8.64e15;

/** A time in ms since the epoch: of an ISO 8601 text, or of a number of ms or seconds; null for anything else. */
export function timeOf(value: unknown): number | null {
  if (typeof value === 'string') {
    if (!/^\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}.*)?)?$/.test(value)) return null;
    const isLocal = /[T ]/.test(value) && !/(Z|[+-]\d{2}:?\d{2})$/.test(value);
    const ms = Date.parse(isLocal ? `${value.replace(' ', 'T')}Z` : value);
    return Number.isNaN(ms) ? null : ms;
  }
  if (typeof value !== 'number' || value < SECONDS_FROM) return null;
  const ms = value >= MS_FROM ? value : value * 1000;
  return ms <= LAST_MS ? ms : null;
}

export function propertyOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isNumeric(values: unknown[]): boolean {
  const there = values.filter((value) => value !== undefined && value !== null);
  return there.length > 0 && there.every((value) => typeof value === 'number');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
