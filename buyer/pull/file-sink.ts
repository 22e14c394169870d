import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { EXIT } from '../exit-codes.ts';
import { Failure, systemCode, unwritable } from '../failure.ts';
import {
  type Checkpoint,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { formatBlocks } from './format.ts';
import { resumeFrom, type Wanted } from './resume.ts';
import type { Sink } from './sink.ts';

const CHECKPOINT_INTERVAL_MS = 1_000;

/**
 * A file that survives being killed at any byte: blocks reach the disk before the checkpoint beside it says so, and
 * the next run cuts off whatever comes after the checkpoint.
 */
export class FileSink implements Sink {
  readonly #path: string;
  readonly #file: FileHandle;
  #checkpoint: Checkpoint;
  #position: { next: number; bytes: number };
  #checkpointAtMs = Date.now();

  private constructor(path: string, file: FileHandle, checkpoint: Checkpoint) {
    this.#path = path;
    this.#file = file;
    this.#checkpoint = checkpoint;
    this.#position = { next: checkpoint.next, bytes: checkpoint.bytes };
  }

  /** Opens the file where an earlier pull left it, or makes it. @throws Failure */
  static async open(path: string, wanted: Wanted): Promise<FileSink> {
    try {
      const fileBytes = await sizeOf(path);
      const checkpoint = wanted.overwrite ? null : await readCheckpoint(path);
      const start = resumeFrom(path, wanted, { fileBytes, checkpoint });
      return await FileSink.#openAt(path, start, fileBytes !== null);
    } catch (error) {
      throw error instanceof Failure ? error : fileFailure(path, error);
    }
  }

  static async #openAt(path: string, start: Checkpoint, exists: boolean): Promise<FileSink> {
    // The old note goes before the file changes under it, the new one comes before the file grows.
    if (start.bytes === 0) await removeCheckpoint(path);
    const file = await open(path, exists ? 'r+' : 'wx+');
    try {
      await file.truncate(start.bytes);
      await file.sync();
      await writeCheckpoint(path, start);
      return new FileSink(path, file, start);
    } catch (error) {
      await file.close();
      // A file without a note would be refused the next time.
      if (!exists) await rm(path, { force: true });
      throw error;
    }
  }

  get next(): number {
    return this.#position.next;
  }

  /** The first block in the file. */
  get from(): number {
    return this.#checkpoint.from;
  }

  async write(blocks: readonly Buffer[]): Promise<void> {
    const { next, bytes } = this.#position;
    const chunk = formatBlocks(blocks, this.#checkpoint.format, next);
    try {
      await writeFully(this.#file, chunk, bytes);
      this.#position = { next: next + blocks.length, bytes: bytes + chunk.byteLength };
      if (Date.now() - this.#checkpointAtMs >= CHECKPOINT_INTERVAL_MS) await this.#save();
    } catch (error) {
      throw fileFailure(this.#path, error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#save();
    } catch (error) {
      throw fileFailure(this.#path, error);
    } finally {
      await this.#file.close();
    }
  }

  async #save(): Promise<void> {
    this.#checkpointAtMs = Date.now();
    if (this.#position.next === this.#checkpoint.next) return;
    await this.#file.datasync();
    this.#checkpoint = { ...this.#checkpoint, ...this.#position };
    await writeCheckpoint(this.#path, this.#checkpoint);
  }
}

async function writeFully(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) {
    const rest = chunk.byteLength - offset;
    const { bytesWritten } = await file.write(chunk, offset, rest, position + offset);
    offset += bytesWritten;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  throw new Failure(EXIT.local, 'not-a-file', `${path} is not a file`, 'give another --out');
}

const fileFailure = (path: string, error: unknown) =>
  unwritable(path, error, '; a pull goes on where it stopped');
