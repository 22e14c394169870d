import { extname } from 'node:path';

/** How data is cut into blocks: a line, a row, all of it, or 64 KiB of it. */
export const FORMATS = ['ndjson', 'csv', 'json', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

const FORMAT_OF: Record<string, Format> = {
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.csv': 'csv',
  '.json': 'json',
};

/** What a file's name says that it holds; undefined when it says nothing. */
export const knownFormatOf = (file: string): Format | undefined =>
  FORMAT_OF[extname(file).toLowerCase()];

/** The same, but that what says nothing is bytes. */
export const formatOf = (file: string): Format => knownFormatOf(file) ?? 'raw';
