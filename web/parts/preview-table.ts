import type { ListingPreview } from '../../contract/index.ts';
import type { ChartCell, ChartColumn } from './chart.ts';
import { isSchema } from './schema-rows.ts';

type Item = ListingPreview['items'][number];

const MAX_COLUMNS = 24;
const MAX_CELL = 160;
const HEX_BYTES = 16;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const NAMED_TIME =
  /(^|[_\s-])(time|timestamp|ts|t|epoch|date|at|when)([_\s-]?(ms|s|utc))?$|time$|At$/i;
// Numbers between these are seconds or milliseconds of 1973 to 5138.
const EPOCH_S = [1e8, 1e11] as const;
const EPOCH_MS = [1e11, 1e14] as const;

export interface PreviewTable {
  columns: ChartColumn[];
  rows: ChartCell[][];
  /** How many properties are too many for a table. */
  columnsLeftOut: number;
}

interface Column {
  name: string;
  values: unknown[];
  schema: Record<string, unknown>;
}

/** Blocks as a table whose first column is what a chart is best drawn along: a time, a number that counts, the index. */
export function previewTable(items: Item[], blockSchema: unknown): PreviewTable {
  const indexes = items.map(({ index }) => index ?? null);
  if (items.every(({ base64 }) => base64 !== undefined)) return binaryTable(items, indexes);
  const columns = columnsOf(items, blockSchema);
  const shown = columns.slice(0, MAX_COLUMNS);
  const x = shown.find(isTime) ?? shown.find(counts);
  const rest = shown.filter((column) => column !== x).map(cellsOf);
  const block = { column: { name: 'block', kind: 'number' } as const, cells: indexes };
  const ordered = [x ? xCells(x) : block, ...rest];
  return {
    columns: ordered.map(({ column }) => column),
    rows: items.map((_, row) => ordered.map(({ cells }) => cells[row] ?? null)),
    columnsLeftOut: columns.length - shown.length,
  };
}

/** The first bytes of what is no JSON, and how many there are. */
export function hexHead(base64: string): { size: number; head: string } {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const size = Math.max(0, (base64.length / 4) * 3 - padding);
  const bytes = Uint8Array.from(atob(base64.slice(0, 4 * Math.ceil(HEX_BYTES / 3))), (sign) =>
    sign.charCodeAt(0),
  );
  const head = [...bytes.slice(0, HEX_BYTES)].map((byte) => byte.toString(16).padStart(2, '0'));
  return { size, head: head.join(' ') + (size > HEX_BYTES ? ' …' : '') };
}

/** A value as text of bounded length. */
export function cellText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL).toWellFormed()}…` : text;
}

function binaryTable(items: Item[], indexes: (number | null)[]): PreviewTable {
  return {
    columns: [
      { name: 'block', kind: 'text' },
      { name: 'size', kind: 'number', unit: 'bytes' },
      { name: 'begins with (hex)', kind: 'text' },
    ],
    rows: items.map(({ base64 = '' }, row) => {
      const { size, head } = hexHead(base64);
      return [String(indexes[row] ?? row), size, head];
    }),
    columnsLeftOut: 0,
  };
}

/** The schema's properties first, in its order, then what the blocks have besides. */
function columnsOf(items: Item[], blockSchema: unknown): Column[] {
  const root = isSchema(blockSchema) ? blockSchema : {};
  const properties = isSchema(root.properties) ? root.properties : {};
  const names = new Set(Object.keys(properties));
  for (const { value } of items) {
    for (const name of isSchema(value) ? Object.keys(value) : []) names.add(name);
  }
  const columns = [...names].map((name): Column => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : {};
    const values = items.map(({ value }) =>
      isSchema(value) && Object.hasOwn(value, name) ? value[name] : undefined,
    );
    return { name, values, schema: isSchema(schema) ? schema : {} };
  });
  const whole = items.map(({ value, base64 }) =>
    base64 !== undefined ? binary(base64) : isSchema(value) ? undefined : value,
  );
  const filled = columns.filter(({ values }) => values.some((value) => value !== undefined));
  return whole.some((value) => value !== undefined)
    ? [...filled, { name: 'value', values: whole, schema: {} }]
    : filled;
}

function binary(base64: string): string {
  const { size, head } = hexHead(base64);
  return `${size} bytes: ${head}`;
}

function cellsOf({ name, values, schema }: Column): { column: ChartColumn; cells: ChartCell[] } {
  const isNumber = values.every((value) => value == null || typeof value === 'number');
  const unit = [schema.unit, schema.units].find((one) => typeof one === 'string');
  return {
    column: { name, kind: isNumber ? 'number' : 'text', ...(unit !== undefined && { unit }) },
    cells: values.map((value) => {
      if (value === undefined || value === null) return null;
      return typeof value === 'number' ? value : cellText(value);
    }),
  };
}

function xCells(column: Column): { column: ChartColumn; cells: ChartCell[] } {
  if (!isTime(column)) return cellsOf(column);
  return { column: { name: column.name, kind: 'time' }, cells: column.values.map(timeOf) };
}

function isTime({ name, values, schema }: Column): boolean {
  const isNamed = NAMED_TIME.test(name) || String(schema.format).startsWith('date');
  return values.every((value) => timeOf(value) !== null && (typeof value === 'string' || isNamed));
}

// Whole numbers that only go up: years, sequence numbers, counts.
function counts({ values }: Column): boolean {
  return values.every(
    (value, at) => Number.isSafeInteger(value) && (at === 0 || value! > values[at - 1]!),
  );
}

/** ms since the epoch; a time without a zone is taken for UTC. */
function timeOf(value: unknown): number | null {
  if (typeof value === 'string') {
    const match = DATE.test(value) ? ['', '', '', 'Z'] : DATE_TIME.exec(value);
    if (!match) return null;
    const ms = Date.parse(match[3] === undefined ? `${value.replace(' ', 'T')}Z` : value);
    return Number.isFinite(ms) ? ms : null;
  }
  if (typeof value !== 'number') return null;
  if (value >= EPOCH_S[0] && value < EPOCH_S[1]) return value * 1000;
  return value >= EPOCH_MS[0] && value < EPOCH_MS[1] ? value : null;
}
