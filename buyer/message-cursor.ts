import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './files.ts';

const START = '0';

/** How far the messages about a feed were read: a file for each feed. */
export class MessageCursor {
  readonly #path: string;

  constructor(directory: string, feedId: string) {
    this.#path = join(directory, feedId);
  }

  /** The last message that was read; `0` before the first, and where the file says something else. */
  async read(): Promise<string> {
    const text = await readFile(this.#path, 'utf8').catch(() => START);
    return /^\d{1,19}\n?$/.test(text) ? text.trim() : START;
  }

  async write(seq: string): Promise<void> {
    await replaceFile(this.#path, `${seq}\n`);
  }
}
