import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Whoever read our output has heard enough, as `head` does. */
export class ReaderGone extends Error {}

/** Writes to a stream such as the standard output at the pace of its reader. */
export class StreamWriter {
  readonly #stream: Writable;
  #fault: Error | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#fault = 'code' in error && error.code === 'EPIPE' ? new ReaderGone() : error;
    });
  }

  /** Resolves when there is room for more. @throws ReaderGone */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#fault) throw this.#fault;
    if (!this.#stream.write(chunk)) await this.#drained();
    if (this.#fault) throw this.#fault;
  }

  /** Resolves when all of it is handed on. */
  async flush(): Promise<void> {
    if (this.#fault || this.#stream.writableLength === 0) return;
    await this.#drained();
  }

  async #drained(): Promise<void> {
    const done = new AbortController();
    const { signal } = done;
    const events = ['drain', 'error', 'close'].map((name) => once(this.#stream, name, { signal }));
    await Promise.race(events).catch(() => undefined);
    done.abort();
    await Promise.allSettled(events);
  }
}
