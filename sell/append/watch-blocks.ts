import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Failure } from '../../buyer/failure.ts';
import { type Appending, feedFile } from './append-file.ts';
import {
  type Checkpoint,
  checkpointPath,
  newCheckpoint,
  readCheckpoint,
  readCheckpoints,
  writeCheckpoint,
} from './checkpoint.ts';
import { ContentRefused, SourceChanged } from './feeder.ts';
import { type Format, knownFormatOf } from './format.ts';
import { watch } from './watch.ts';

/** A document is whole when nobody has written to it for so long. */
const STEADY_MS = 1_000;

interface FoundFile {
  path: string;
  format: Format;
  inode: string;
  size: number;
  mtimeMs: number;
}

export interface WatchOptions {
  /** Of all files; left out: what their names say, and those that say nothing are passed over. */
  format: Format | undefined;
  /** Told what is wrong with a file; it is passed over until it changes. */
  onFault: (failure: Failure) => void;
}

/** Appends new lines of the files in a folder, and new files, by name, until the signal. @throws Failure */
export async function watchBlocks(
  appending: Appending,
  folder: string,
  options: WatchOptions,
): Promise<void> {
  const watched = new WatchedFolder(appending, resolve(folder), options);
  await watch(folder, () => watched.scan(), appending.signal);
}

class WatchedFolder {
  readonly #appending: Appending;
  readonly #folder: string;
  readonly #options: WatchOptions;
  /** What each file was when it was last looked into. */
  readonly #seen = new Map<string, string>();

  constructor(appending: Appending, folder: string, options: WatchOptions) {
    this.#appending = appending;
    this.#folder = folder;
    this.#options = options;
  }

  async scan(): Promise<void> {
    const files = await this.#files();
    const changed = files.filter((file) => this.#seen.get(file.path) !== stateOf(file));
    for (const file of changed) await this.#followMoved(file, files);
    for (const file of changed) {
      if (this.#appending.signal.aborted) return;
      if (!isWhole(file)) continue;
      await this.#feed(file);
      this.#seen.set(file.path, stateOf(file));
    }
  }

  async #files(): Promise<FoundFile[]> {
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith('.')).sort();
    const found = await Promise.all(names.map((name) => this.#look(join(this.#folder, name))));
    return found.filter((file) => file !== null);
  }

  async #look(path: string): Promise<FoundFile | null> {
    const format = this.#options.format ?? knownFormatOf(path);
    if (!format) return null;
    const state = await stat(path).catch(() => null);
    if (!state?.isFile()) return null;
    const { dev, ino, size, mtimeMs } = state;
    return { path, format, inode: `${dev}:${ino}`, size, mtimeMs };
  }

  /** A log that was put aside under another name is not appended again; what took its place is a new one. */
  async #followMoved({ path, inode }: FoundFile, files: readonly FoundFile[]): Promise<void> {
    if (await this.#checkpointOf(path)) return;
    const isThere = ({ source }: Checkpoint) =>
      files.some((file) => file.path === source && file.inode === inode);
    const all = await readCheckpoints(this.#appending.folder);
    const moved = all.find((known) => known.inode === inode && !isThere(known));
    if (!moved) return;
    const { source, format, generation } = moved;
    await writeCheckpoint(this.#appending.folder, { ...moved, source: path });
    await writeCheckpoint(this.#appending.folder, newCheckpoint(source, format, generation + 1));
  }

  async #feed(file: FoundFile): Promise<void> {
    const { path, format } = file;
    const { folder } = this.#appending;
    const known = await this.#checkpointOf(path);
    const generation = known?.generation ?? -1;
    const isSame = known?.format === format;
    const checkpoint = isSame ? known : newCheckpoint(path, format, generation + 1);
    try {
      await feedFile(this.#appending, checkpoint, { isGrowing: format !== 'json' });
    } catch (error) {
      if (!(error instanceof SourceChanged)) return this.#passOver(error);
      await writeCheckpoint(folder, newCheckpoint(path, format, checkpoint.generation + 1));
      await this.#feed(file);
    }
  }

  #passOver(error: unknown): void {
    if (!(error instanceof ContentRefused)) throw error;
    this.#options.onFault(error);
  }

  #checkpointOf(path: string): Promise<Checkpoint | null> {
    return readCheckpoint(checkpointPath(this.#appending.folder, path));
  }
}

const stateOf = ({ inode, size, mtimeMs }: FoundFile) => `${inode} ${size} ${mtimeMs}`;

const isWhole = ({ format, mtimeMs }: FoundFile) =>
  format !== 'json' || Date.now() - mtimeMs > STEADY_MS;
