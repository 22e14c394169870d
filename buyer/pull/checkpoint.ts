import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { replaceFile } from '../files.ts';
import { FORMATS } from './format.ts';

const SUFFIX = '.dazaar';

const shape = z.object({
  version: z.literal(1),
  listing: z.string(),
  coreKey: z.string(),
  format: z.enum(FORMATS),
  /** The first block in the file. */
  from: z.int().nonnegative(),
  /** The block after the last in the file. */
  next: z.int().nonnegative(),
  /** How many bytes of the file these blocks take; what comes after is of an interrupted write. */
  bytes: z.int().nonnegative(),
});

/** How far a pulled file is good: what is written beside it, after the blocks are on the disk. */
export type Checkpoint = z.infer<typeof shape>;

/** Where the checkpoint of a file lies. */
export const checkpointPath = (file: string) => `${file}${SUFFIX}`;

/** The checkpoint beside a file; null when there is none. @throws Failure when it is not one. */
export async function readCheckpoint(file: string): Promise<Checkpoint | null> {
  const path = checkpointPath(file);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = shape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Failure(
    EXIT.local,
    'bad-checkpoint',
    `${path} is not a note of an earlier pull`,
    'start the file anew with --overwrite',
  );
}

export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  await replaceFile(checkpointPath(file), `${JSON.stringify(checkpoint)}\n`);
}

export async function removeCheckpoint(file: string): Promise<void> {
  await rm(checkpointPath(file), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
