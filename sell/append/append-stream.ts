import { randomUUID } from 'node:crypto';
import type { Appending } from './append-file.ts';
import { checkpointPath, newCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { feedFrom } from './feeder.ts';
import type { Format } from './format.ts';
import { PipeSource } from './pipe-source.ts';

export interface StreamOptions {
  format: Format;
  /** What the stream is known by, when it is the same from its start on each time; left out: it is another one each time. */
  name: string | undefined;
}

/** Appends a stream as it comes. @throws Failure */
export async function appendStream(
  { folder, signal, ...appending }: Appending,
  stream: AsyncIterable<Buffer>,
  { format, name }: StreamOptions,
): Promise<void> {
  const id = `stream ${name ?? randomUUID()}`;
  const known = name === undefined ? null : await readCheckpoint(checkpointPath(folder, id));
  const source = await PipeSource.open(stream, format, signal);
  await feedFrom({
    ...appending,
    // What has come when it is told to end is appended still.
    signal: new AbortController().signal,
    source,
    checkpoint: known ?? newCheckpoint(id, format),
    keep: async (checkpoint) => {
      if (name !== undefined) await writeCheckpoint(folder, checkpoint);
    },
  });
}
