import type { FileHandle } from 'node:fs/promises';
import { cut, headerEnd, MAX_BATCH_BYTES } from './cut.ts';
import type { Format } from './format.ts';
import type { Range, Source, Stretch } from './source.ts';

export interface FileSourceOptions {
  format: Format;
  /** Whether the file may still be written to: then what has not ended is not read. */
  isGrowing: boolean;
}

/** A file, read where it is asked for: never more than a batch of it is in memory. */
export class FileSource implements Source {
  readonly header: Buffer;
  readonly #handle: FileHandle;
  readonly #options: FileSourceOptions;

  private constructor(handle: FileHandle, header: Buffer, options: FileSourceOptions) {
    this.#handle = handle;
    this.header = header;
    this.#options = options;
  }

  /** @returns null when the header of a growing file is not there yet */
  static async open(handle: FileHandle, options: FileSourceOptions): Promise<FileSource | null> {
    if (options.format !== 'csv') return new FileSource(handle, Buffer.alloc(0), options);
    const bytes = await readAt(handle, 0, MAX_BATCH_BYTES);
    const end = headerEnd(bytes);
    if (end === 0 && options.isGrowing) return null;
    return new FileSource(handle, bytes.subarray(0, end || bytes.length), options);
  }

  get start(): number {
    return this.header.length;
  }

  async again({ from, to }: Range): Promise<Buffer | null> {
    const bytes = await readAt(this.#handle, from, to - from);
    return bytes.length === to - from ? bytes : null;
  }

  async next(from: number): Promise<Stretch | null> {
    const bytes = await readAt(this.#handle, from, MAX_BATCH_BYTES);
    const isEnd = !this.#options.isGrowing && bytes.length < MAX_BATCH_BYTES;
    const length = cut(bytes, this.#options.format, isEnd);
    if (length === 0) return null;
    return { from, to: from + length, bytes: bytes.subarray(0, length) };
  }
}

/** So many bytes from a place on, or as many as there are. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const at = { offset: filled, length: length - filled, position: position + filled };
    const { bytesRead } = await handle.read({ buffer, ...at });
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
