import { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import { type Column, columnsOf, headerFault } from './csv-columns.ts';
import { MAX_BLOCK_BYTES } from './well-formed.ts';

interface Row {
  record: string[];
  info: Info;
}

/** The rows of a CSV body as JSON objects, by the listing's block schema; a refusal names the line, and the column. */
export async function* csvBlocks(
  body: AsyncIterable<Buffer>,
  blockSchema: unknown,
): AsyncGenerator<Buffer[] | Refusal> {
  const declared = columnsOf(blockSchema);
  if (declared.size === 0) {
    return yield refuse('block-invalid', "The listing's block schema declares no properties.");
  }
  let columns: Column[] | null = null;
  try {
    for await (const { record, info } of rowsOf(body)) {
      if (columns) {
        yield blockOf(record, columns, info.lines);
        continue;
      }
      const fault = headerFault(record, declared);
      if (fault) return yield refuse('block-invalid', `Line 1: ${fault}.`);
      columns = record.map((name) => declared.get(name)!);
    }
  } catch (error) {
    yield refusalOf(error);
  }
}

function rowsOf(body: AsyncIterable<Buffer>): AsyncIterable<Row> {
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_BLOCK_BYTES,
  });
  const text = Readable.from(decoded(body));
  text.on('error', (error) => parser.destroy(error));
  parser.on('close', () => text.destroy());
  return text.pipe(parser) as AsyncIterable<Row>;
}

async function* decoded(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of body) yield utf8.decode(chunk, { stream: true });
  yield utf8.decode();
}

function blockOf(record: readonly string[], columns: readonly Column[], line: number) {
  const members: string[] = [];
  for (const [i, { name, json }] of columns.entries()) {
    const value = json(record[i]!);
    if (value === null) continue;
    if (typeof value === 'object') {
      return refuse('block-invalid', `Line ${line}, column "${name}": ${value.fault}.`);
    }
    members.push(`${JSON.stringify(name)}:${value}`);
  }
  const block = Buffer.from(`{${members.join(',')}}`);
  if (block.length <= MAX_BLOCK_BYTES) return [block];
  return refuse('block-too-large', `Line ${line} makes a block larger than 1 MiB.`);
}

function refusalOf(error: unknown): Refusal {
  const { code, message, lines } = error as { code?: string; message: string; lines?: number };
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return refuse('block-invalid', 'The body is not UTF-8.');
  }
  if (!code?.startsWith('CSV_')) throw error;
  const isTooLarge = code === 'CSV_MAX_RECORD_SIZE';
  return refuse(isTooLarge ? 'block-too-large' : 'block-invalid', `Line ${lines}: ${message}.`);
}
