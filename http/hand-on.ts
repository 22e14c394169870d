import type { Readable } from 'node:stream';
import type { Response } from 'express';

/**
 * Writes a stream into a response that others wait for the end of as well: a pipeline would listen for that seven times.
 *
 * @returns once all of it is written, or somebody else has ended the response; else that stays open
 * @throws when the stream breaks, or the reader goes, which ends the stream
 */
export async function handOn(from: Readable, res: Response): Promise<void> {
  const leave = () => void from.destroy();
  if (res.closed) leave();
  res.once('close', leave);
  for await (const chunk of from) {
    // A server that goes down ends what it streams, whatever is still to come.
    if (res.writableEnded) return;
    if (!res.write(chunk) && !res.closed) await drained(res);
  }
}

async function drained(res: Response): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  res.once('drain', resolve).once('close', resolve);
  await promise;
  res.off('drain', resolve).off('close', resolve);
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
