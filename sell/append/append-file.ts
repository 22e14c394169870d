import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure, fileFault } from '../../buyer/failure.ts';
import {
  type Checkpoint,
  checkpointPath,
  newCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { type FeederOptions, feedFrom, SourceChanged } from './feeder.ts';
import { FileSource } from './file-source.ts';
import type { Format } from './format.ts';

export interface Appending extends Pick<FeederOptions, 'feed' | 'signal' | 'onAppended'> {
  /** Where the checkpoints of the feed lie. */
  folder: string;
}

/** Appends what is new in a file, to its end. @throws Failure */
export async function appendFile(
  appending: Appending,
  file: string,
  { format, anew = false }: { format: Format; anew?: boolean },
): Promise<void> {
  const source = resolve(file);
  const known = await readCheckpoint(checkpointPath(appending.folder, source));
  const isOther = known !== null && (anew || known.format !== format);
  const checkpoint = isOther
    ? newCheckpoint(source, format, known.generation + 1)
    : (known ?? newCheckpoint(source, format));
  await feedFile(appending, checkpoint, { isGrowing: false });
}

/** Goes on with a file where its checkpoint says. @throws Failure */
export async function feedFile(
  { folder, ...appending }: Appending,
  checkpoint: Checkpoint,
  { isGrowing }: { isGrowing: boolean },
): Promise<void> {
  const { source: path, format } = checkpoint;
  await using handle = await open(path).catch((error) => {
    throw new Failure(EXIT.local, 'unreadable', `${path} cannot be read (${fileFault(error)})`);
  });
  const { dev, ino, size } = await handle.stat();
  // A document is one block: another length is another document.
  const isOther = format === 'json' && checkpoint.done !== null && checkpoint.done.to !== size;
  if (isOther) throw new SourceChanged(path);
  const source = await FileSource.open(handle, { format, isGrowing });
  if (!source) return;
  await feedFrom({
    ...appending,
    source,
    checkpoint: { ...checkpoint, inode: `${dev}:${ino}` },
    keep: (kept) => writeCheckpoint(folder, kept),
  });
}
