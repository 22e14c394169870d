import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Request, Response } from 'express';

/** Whether the caller would rather have CSV than JSON. */
export function wantsCsv(req: Request): boolean {
  return req.accepts(['application/json', 'text/csv']) === 'text/csv';
}

/**
 * Streams rows as CSV (RFC 4180) with a header line. What a spreadsheet would take for a formula is made harmless by an
 * apostrophe. An error on the way cuts the answer off, so that a part is never taken for the whole.
 *
 * @param columns the rows' keys, in order
 */
export async function sendCsv(
  res: Response,
  fileName: string,
  columns: string[],
  rows: AsyncIterable<Record<string, unknown>>,
): Promise<void> {
  res.status(200).type('text/csv');
  res.setHeader('Cache-Control', 'no-store');
  res.attachment(fileName);
  const csv = stringify({ header: true, columns, escape_formulas: true, record_delimiter: '\r\n' });
  try {
    await pipeline(Readable.from(rows), csv, res);
  } catch (error) {
    // Whoever goes away before the end needs no answer.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
