import type { BlockField, FieldType } from './block-fields.ts';
import { csvRows } from './csv.ts';
import { jsonObject } from './json-object.ts';

const MAX_ROWS = 200;
const MAX_COLUMNS = 100;

/** What the beginning of a file looks like, as a table. */
export interface Sample {
  format: 'csv' | 'ndjson';
  columns: string[];
  /** A cell is missing where a row has none. */
  rows: (string | undefined)[][];
}

/**
 * Reads the first rows of CSV with a header row, or of NDJSON.
 *
 * @param text the beginning of a file: what stands behind the last line feed may be cut off
 * @param isWhole whether it is all of it
 * @returns null when it is neither
 */
export function readSample(text: string, isWhole = true): Sample | null {
  const lines = isWhole ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  return /^\uFEFF?\s*[{[]/.test(lines) ? ndjsonSample(lines) : csvSample(lines);
}

function csvSample(text: string): Sample | null {
  const [columns, ...rows] = csvRows(text).slice(0, MAX_ROWS + 1);
  if (!columns || rows.length === 0 || columns.length > MAX_COLUMNS) return null;
  return { format: 'csv', columns: columns.map((name) => name.trim()), rows };
}

function ndjsonSample(text: string): Sample | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.slice(0, MAX_ROWS).map(jsonObject);
  if (values.length === 0 || values.some((value) => value === null)) return null;
  const columns = [...new Set(values.flatMap((value) => Object.keys(value!)))];
  if (columns.length > MAX_COLUMNS) return null;
  const rows = values.map((value) => columns.map((name) => cellOf(value![name])));
  return { format: 'ndjson', columns, rows };
}

function cellOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What the values of a sample seem to be. Units and meanings are for the seller to say. */
export function proposeFields({ columns, rows }: Sample): BlockField[] {
  return columns.map((name, at) => {
    const cells = rows.map((row) => row[at]);
    const said = cells.filter((cell) => cell !== undefined && cell !== '' && cell !== 'null');
    return {
      name,
      type: typeOf(said as string[]),
      unit: '',
      description: '',
      isRequired: said.length === rows.length,
    };
  });
}

const SHAPES: [FieldType, RegExp][] = [
  ['integer', /^-?(0|[1-9]\d{0,14})$/],
  ['number', /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/],
  ['boolean', /^(true|false)$/],
  ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/],
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['any', /^[[{]/],
];

function typeOf(cells: readonly string[]): FieldType {
  if (cells.length === 0) return 'string';
  const found = SHAPES.find(([, shape]) => cells.every((cell) => shape.test(cell)));
  return found?.[0] ?? 'string';
}

/** A title made of a file's name: `garden_readings-2026.csv` becomes `Garden readings 2026`. */
export function titleOf(fileName: string): string {
  const words = fileName
    .replace(/\.\w{1,6}$/, '')
    .replace(/[_-]+/g, ' ')
    .trim();
  return words === '' ? '' : words[0]!.toUpperCase() + words.slice(1);
}
