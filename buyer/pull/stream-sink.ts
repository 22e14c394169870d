import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { type Format, formatBlocks } from './format.ts';
import type { Sink } from './sink.ts';

/** Whoever read our output has heard enough, as `head` does. */
export class ReaderGone extends Error {}

/** A stream such as the standard output; waits while its reader is slow. */
export class StreamSink implements Sink {
  readonly #stream: Writable;
  readonly #format: Format;
  #next: number;
  #fault: Error | null = null;

  constructor(stream: Writable, format: Format, from: number) {
    this.#stream = stream;
    this.#format = format;
    this.#next = from;
    stream.on('error', (error) => {
      this.#fault = 'code' in error && error.code === 'EPIPE' ? new ReaderGone() : error;
    });
  }

  get next(): number {
    return this.#next;
  }

  async write(blocks: readonly Buffer[]): Promise<void> {
    if (this.#fault) throw this.#fault;
    const chunk = formatBlocks(blocks, this.#format, this.#next);
    if (!this.#stream.write(chunk)) await this.#drained();
    if (this.#fault) throw this.#fault;
    this.#next += blocks.length;
  }

  async close(): Promise<void> {
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
