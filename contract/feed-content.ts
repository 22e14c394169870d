import { z } from 'zod';
import { hex32, timeMs } from './primitives.ts';

const MAX_KEY_BYTES = 1_024;

const utf8 = new TextEncoder();

export const batchId = z
  .string()
  .regex(/^[\w.:-]{1,128}$/, 'must be 1 to 128 letters, digits or . : _ -')
  .meta({
    description:
      'Your name for this batch. Whoever sends the same content with it again, after an error or a cut, completes the batch and gets its answer.',
    example: 'readings-2026-11-22T19',
  });

/** Neighbouring blocks of a core. */
const range = z.object({ firstIndex: z.int().min(0), blocks: z.int().min(1) });

/** The answer to appended blocks: they are durable in the core. */
export const appended = z.object({
  batchId,
  blocks: z.int().meta({ description: 'How many there were.' }),
  firstIndex: z.int().meta({ description: 'Where the first one stands in the core.' }),
  length: z.int().meta({ description: "The core's length behind the last one." }),
  ranges: z.array(range).meta({
    description:
      'Where all of them stand, in their order: one range, unless another batch came in between parts of this one.',
  }),
});
export type Appended = z.infer<typeof appended>;

const entryKey = z
  .string()
  .min(1)
  .refine((key) => key.isWellFormed() && utf8.encode(key).length <= MAX_KEY_BYTES, {
    message: `must be at most ${MAX_KEY_BYTES} bytes of UTF-8`,
  })
  .meta({ description: 'Kept as UTF-8; keys are ordered by their bytes.', example: 'tesla/2026' });

/** A change of a Hyperbee. */
export const entryChange = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('put'),
    key: entryKey,
    value: z.unknown().meta({ description: 'Any JSON; kept as JSON.stringify writes it.' }),
  }),
  z.strictObject({ op: z.literal('del'), key: entryKey }),
]);

export const entriesPut = z.object({
  batchId,
  entries: z.int().meta({ description: 'How many changes there were.' }),
  length: z.int().meta({
    description: 'The version of the Hyperbee that holds them: its length behind the last one.',
  }),
});

export const driveFile = z.object({
  path: z.string().meta({ example: '/2026/strikes.csv' }),
  size: z.int().meta({ description: 'In bytes.' }),
  sha256: hex32.meta({ description: 'Of the content.' }),
  contentType: z.string(),
  updatedAtMs: timeMs,
});
export type DriveFile = z.infer<typeof driveFile>;

export const driveFilePage = z.object({
  files: z.array(driveFile),
  nextCursor: z.string().nullable(),
});
