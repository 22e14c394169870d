import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import { replaceFile } from '../../buyer/files.ts';
import { parseJson, readOrNull } from '../shop-files.ts';
import { FORMATS, type Format } from './format.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const place = z.int().nonnegative();
const batch = z.object({ from: place, to: place, sha256: digest });

const shape = z.object({
  version: z.literal(1),
  /** Where it is found now. */
  source: z.string(),
  format: z.enum(FORMATS),
  /** What the ids of its batches begin with: they stay as they are when the source moves. */
  batches: z.string(),
  /** Counts how often other content took the place of what had been appended. */
  generation: place,
  /** Of a file: its device and number, by which it is known under another name. */
  inode: z.string().nullable(),
  /** The last batch that is in the feed. */
  done: batch.nullable(),
  /** The batch that was on its way. */
  sending: batch.nullable(),
});

/** How far a source has been appended to a feed. */
export type Checkpoint = z.infer<typeof shape>;

export type Batch = z.infer<typeof batch>;

/** Where the checkpoints of a feed lie, in the folder of all. */
export const feedFolder = (appends: string, feedId: string): string => join(appends, feedId);

/** Where a source's checkpoint lies, in the folder of its feed. */
export const checkpointPath = (folder: string, source: string): string =>
  join(folder, `${sha256(source).slice(0, 32)}.json`);

/** null when there is none. @throws Failure when the file is something else */
export async function readCheckpoint(path: string): Promise<Checkpoint | null> {
  const text = await readOrNull(path);
  if (text === null) return null;
  const { data } = shape.safeParse(parseJson(text));
  if (data) return data;
  throw new Failure(EXIT.local, 'bad-checkpoint', `${path} is not a note of what was appended`);
}

/** All of a feed. */
export async function readCheckpoints(folder: string): Promise<Checkpoint[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json'));
  const read = await Promise.all(files.map((name) => readCheckpoint(join(folder, name))));
  return read.filter((checkpoint) => checkpoint !== null);
}

export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const path = checkpointPath(folder, checkpoint.source);
  await replaceFile(path, `${JSON.stringify(checkpoint)}\n`);
}

/** Of a source of which nothing was appended yet. */
export function newCheckpoint(source: string, format: Format, generation = 0): Checkpoint {
  const batches = sha256(JSON.stringify([source, format, generation])).slice(0, 40);
  return {
    version: 1,
    source,
    format,
    batches,
    generation,
    inode: null,
    done: null,
    sending: null,
  };
}

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
