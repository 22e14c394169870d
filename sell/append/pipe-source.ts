import { setTimeout as sleep } from 'node:timers/promises';
import { cut, headerEnd, MAX_BATCH_BYTES } from './cut.ts';
import type { Format } from './format.ts';
import type { Range, Source, Stretch } from './source.ts';

const IDLE_MS = 200;
const FOREVER_MS = 2 ** 31 - 1;

/** A stream that is read once: what has come is a batch when nothing follows for a moment. */
export class PipeSource implements Source {
  header = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #format: Format;
  /** What has come and is no batch yet: from {@link #at} on. */
  #bytes = Buffer.alloc(0);
  #at = 0;
  #coming: Promise<void> | null = null;
  #ended = false;
  readonly #signal: AbortSignal;

  private constructor(stream: AsyncIterable<Buffer>, format: Format, signal: AbortSignal) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#format = format;
    this.#signal = signal;
  }

  /** @param signal ends the reading: what is whole by then is still given out */
  static async open(
    stream: AsyncIterable<Buffer>,
    format: Format,
    signal: AbortSignal,
  ): Promise<PipeSource> {
    const source = new PipeSource(stream, format, signal);
    if (format === 'csv') await source.#readHeader();
    return source;
  }

  get start(): number {
    return this.header.length;
  }

  async again({ from, to }: Range): Promise<Buffer | null> {
    while (this.#at + this.#bytes.length < from && (await this.#more())) this.#skipTo(from);
    this.#skipTo(from);
    while (this.#bytes.length < to - from && (await this.#more()));
    return this.#at === from && this.#bytes.length >= to - from
      ? this.#bytes.subarray(0, to - from)
      : null;
  }

  async next(from: number): Promise<Stretch | null> {
    this.#skipTo(from);
    while (this.#bytes.length < MAX_BATCH_BYTES && (await this.#more(this.#whole > 0)));
    const length = this.#whole;
    if (length === 0) return null;
    return { from, to: from + length, bytes: this.#bytes.subarray(0, length) };
  }

  get #whole(): number {
    const isEnd = this.#ended && this.#bytes.length < MAX_BATCH_BYTES;
    return cut(this.#bytes.subarray(0, MAX_BATCH_BYTES), this.#format, isEnd);
  }

  async #readHeader(): Promise<void> {
    const isMissing = () => headerEnd(this.#bytes) === 0 && this.#bytes.length < MAX_BATCH_BYTES;
    while (isMissing() && (await this.#more()));
    const end = headerEnd(this.#bytes) || this.#bytes.length;
    this.header = Buffer.from(this.#bytes.subarray(0, end));
  }

  #skipTo(place: number): void {
    const passed = Math.min(place - this.#at, this.#bytes.length);
    this.#bytes = this.#bytes.subarray(passed);
    this.#at += passed;
  }

  /** Waits for more; in a hurry, for a moment only. @returns false when there is none, or not yet */
  async #more(inHurry = false): Promise<boolean> {
    if (this.#ended || this.#signal.aborted) return false;
    this.#coming ??= this.#read();
    using waiting = new Waiting(this.#signal, inHurry ? IDLE_MS : null);
    await Promise.race([this.#coming, waiting.over]);
    return this.#coming === null && !this.#ended;
  }

  async #read(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    this.#coming = null;
    if (done) this.#ended = true;
    else this.#bytes = Buffer.concat([this.#bytes, value]);
  }
}

/** A wait that ends with the signal, and after so long when there is a bound. */
class Waiting implements Disposable {
  readonly #end = new AbortController();
  readonly over: Promise<void>;

  constructor(signal: AbortSignal, ms: number | null) {
    const either = AbortSignal.any([signal, this.#end.signal]);
    this.over = sleep(ms ?? FOREVER_MS, undefined, { signal: either, ref: ms !== null }).catch(
      () => undefined,
    );
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }
}
