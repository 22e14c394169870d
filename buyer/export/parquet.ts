import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Column, ColumnType } from './columns.ts';

const ROWS_A_GROUP = 10_000;

type ParquetType = 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP' | 'STRING' | 'JSON';

const TYPES: Record<ColumnType, ParquetType> = {
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
  text: 'STRING',
  json: 'JSON',
};

/** Writes rows into a Parquet file, a group of them in memory at a time. @returns how many. @throws Failure */
export async function writeParquet(
  path: string,
  rows: AsyncIterable<Record<string, unknown>>,
  columns: readonly Column[],
): Promise<number> {
  let count = 0;
  async function* typed() {
    for await (const row of rows) {
      yield Object.fromEntries(
        columns.map(({ name, type }) => [name, typedValue(row[name], type, name, count)]),
      );
      count += 1;
    }
  }
  const types = columns.map(({ name, type }) => ({ name, type: TYPES[type], nullable: true }));
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: typed(),
    columns: types,
    rowGroupSize: ROWS_A_GROUP,
  });
  return count;
}

/** A value as its column keeps it. The schema is the seller's word: a value that is something else is not bent. */
function typedValue(value: unknown, type: ColumnType, name: string, row: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      if (Number.isSafeInteger(value)) return BigInt(value as number);
      break;
    case 'number':
      if (typeof value === 'number') return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'time': {
      const time = typeof value === 'string' ? new Date(value) : null;
      if (time && !Number.isNaN(time.getTime())) return time;
      break;
    }
    case 'text':
      if (typeof value === 'string') return value;
      break;
    case 'json':
      return value;
  }
  throw new Failure(
    EXIT.fault,
    'other-type',
    `row ${row}: ${name} is not of the type ${type} that the listing's schema declares`,
    'export it as csv or ndjson',
  );
}
