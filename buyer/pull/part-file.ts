import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure, unwritable } from '../failure.ts';
import { replaceFile } from '../files.ts';

const NOTE_INTERVAL_MS = 1_000;

const noteShape = z.object({
  version: z.literal(1),
  /** What is being written: a part of anything else is of no use. */
  purpose: z.string(),
  /** How many bytes of the part are good. */
  bytes: z.int().nonnegative(),
  /** Where to go on. */
  position: z.string(),
});

/**
 * A file that comes into being whole or not at all: it is written as FILE.part, with a note of how far that is good, and
 * takes its name in the end. Interrupted at any byte, the next run goes on where the note says.
 */
export class PartFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #purpose: string;
  #bytes: number;
  #position: string | null;
  #notedAtMs = Date.now();

  private constructor(path: string, file: FileHandle, purpose: string, at: Place) {
    this.#path = path;
    this.#file = file;
    this.#purpose = purpose;
    this.#bytes = at.bytes;
    this.#position = at.position;
  }

  /** Opens the part that an earlier run has left for the same purpose, or an empty one. @throws Failure */
  static async open(path: string, purpose: string): Promise<PartFile> {
    try {
      const place = await placeIn(path, purpose);
      await rm(noteOf(path), { force: true });
      const file = await open(partOf(path), place.bytes === 0 ? 'w+' : 'r+');
      await file.truncate(place.bytes);
      return new PartFile(path, file, purpose, place);
    } catch (error) {
      throw unusable(path, error);
    }
  }

  /** Where to go on; null: at the beginning. */
  get position(): string | null {
    return this.#position;
  }

  /** How long it is so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends; all up to here can be gone on from the position, or from nowhere if it has none. */
  async write(chunk: Uint8Array, position: string | null): Promise<void> {
    try {
      for (let offset = 0; offset < chunk.byteLength; ) {
        const rest = chunk.byteLength - offset;
        const { bytesWritten } = await this.#file.write(chunk, offset, rest, this.#bytes + offset);
        offset += bytesWritten;
      }
      this.#bytes += chunk.byteLength;
      this.#position = position;
      if (Date.now() - this.#notedAtMs >= NOTE_INTERVAL_MS) await this.#note();
    } catch (error) {
      throw unusable(this.#path, error);
    }
  }

  /** Makes it durable, and gives it its name. */
  async finish(): Promise<void> {
    try {
      await this.#file.sync();
      await rename(partOf(this.#path), this.#path);
      await rm(noteOf(this.#path), { force: true });
    } catch (error) {
      throw unusable(this.#path, error);
    }
  }

  /** Ends the writing; of what is not finished the part stays, if it can be gone on with. */
  async close(isFinished: boolean): Promise<void> {
    try {
      if (!isFinished) await this.#note();
    } catch (error) {
      throw unusable(this.#path, error);
    } finally {
      await this.#file.close();
      if (!isFinished && this.#position === null) await rm(partOf(this.#path), { force: true });
    }
  }

  async #note(): Promise<void> {
    this.#notedAtMs = Date.now();
    if (this.#position === null) return;
    await this.#file.datasync();
    const [purpose, bytes, position] = [this.#purpose, this.#bytes, this.#position];
    const note = JSON.stringify({ version: 1, purpose, bytes, position });
    await replaceFile(noteOf(this.#path), `${note}\n`);
  }
}

/** Refuses to destroy a file that is there. @throws Failure */
export async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found) return;
  throw new Failure(
    EXIT.local,
    'file-exists',
    `${path} exists`,
    'give another --out, or replace it with --overwrite',
  );
}

interface Place {
  bytes: number;
  position: string | null;
}

async function placeIn(path: string, purpose: string): Promise<Place> {
  const anew = { bytes: 0, position: null };
  const text = await readFile(noteOf(path), 'utf8').catch(() => null);
  const note = noteShape.safeParse(text === null ? null : parseJson(text)).data;
  const size = (await stat(partOf(path)).catch(() => null))?.size ?? 0;
  return note?.purpose === purpose && size >= note.bytes ? note : anew;
}

const partOf = (path: string) => `${path}.part`;
const noteOf = (path: string) => `${path}.part.dazaar`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unusable(path: string, error: unknown): unknown {
  if (error instanceof Failure) return error;
  return unwritable(path, error);
}
