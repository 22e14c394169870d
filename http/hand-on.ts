import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Response } from 'express';

/**
 * Writes a stream into a response that others wait for the end of as well: a pipeline would listen for that seven times.
 *
 * @returns once all of it is written; the response stays open
 * @throws when the stream breaks, or the reader goes, which ends the stream
 */
export async function handOn(from: Readable, res: Response): Promise<void> {
  const leave = () => void from.destroy();
  if (res.closed) leave();
  res.once('close', leave);
  from.pipe(res, { end: false });
  await finished(from);
}

/** The same, and ends the response; it is broken off if the stream is. */
export async function handOnAll(from: Readable, res: Response): Promise<void> {
  try {
    await handOn(from, res);
    res.end();
  } catch {
    res.destroy();
  }
}
