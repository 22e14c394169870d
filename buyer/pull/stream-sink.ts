import type { Writable } from 'node:stream';
import { StreamWriter } from '../terminal/stream-writer.ts';
import { type Format, formatBlocks } from './format.ts';
import type { Sink } from './sink.ts';

/** A stream such as the standard output; waits while its reader is slow. */
export class StreamSink implements Sink {
  readonly #writer: StreamWriter;
  readonly #format: Format;
  #next: number;

  constructor(stream: Writable, format: Format, from: number) {
    this.#writer = new StreamWriter(stream);
    this.#format = format;
    this.#next = from;
  }

  get next(): number {
    return this.#next;
  }

  async write(blocks: readonly Buffer[]): Promise<void> {
    await this.#writer.write(formatBlocks(blocks, this.#format, this.#next));
    this.#next += blocks.length;
  }

  async close(): Promise<void> {
    await this.#writer.flush();
  }
}
