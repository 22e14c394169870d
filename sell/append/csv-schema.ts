import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';

const INTEGER = /^-?(0|[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const MAX_ROW_BYTES = 1024 * 1024;

interface Column {
  name: string;
  isInteger: boolean;
  isNumber: boolean;
  hasGaps: boolean;
  isEmpty: boolean;
}

/**
 * The JSON Schema of the rows of a CSV file: every row is looked at, so that none of them is refused later.
 *
 * @throws Failure when the file is no CSV with a header
 */
export async function csvSchema(file: string): Promise<Record<string, unknown>> {
  let columns: Column[] | null = null;
  try {
    for await (const cells of rowsOf(file)) {
      if (columns) look(columns, cells);
      else columns = cells.map(unseen);
    }
  } catch (error) {
    throw new Failure(EXIT.local, 'no-csv', `${file}: ${(error as Error).message}`);
  }
  if (!columns) throw new Failure(EXIT.local, 'no-csv', `${file} has no header row`);
  const properties = columns.map((column) => [column.name, { type: typeOf(column) }]);
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function rowsOf(file: string): AsyncIterable<string[]> {
  const options = { bom: true, skip_empty_lines: true, max_record_size: MAX_ROW_BYTES };
  const parser = parse(options);
  createReadStream(file)
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  return parser;
}

const unseen = (name: string): Column => ({
  name,
  isInteger: true,
  isNumber: true,
  hasGaps: false,
  isEmpty: true,
});

function look(columns: Column[], cells: string[]): void {
  for (const [i, column] of columns.entries()) {
    const cell = cells[i] ?? '';
    if (cell === '') column.hasGaps = true;
    else {
      column.isEmpty = false;
      column.isInteger &&= INTEGER.test(cell);
      column.isNumber &&= NUMBER.test(cell);
    }
  }
}

function typeOf({ isInteger, isNumber, hasGaps, isEmpty }: Column): string | string[] {
  if (!isNumber || isEmpty) return 'string';
  const type = isInteger ? 'integer' : 'number';
  return hasGaps ? [type, 'null'] : type;
}
