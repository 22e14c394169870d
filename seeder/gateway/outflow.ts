import type { Response } from 'express';
import type { BodyEnd, Visit } from './visit.ts';

// Whoever takes nothing for so long holds a place that others could have.
const STUCK_MS = 30_000;
// What is in the socket's buffer when access ends gets so long to leave, with the trailer behind it.
const GOODBYE_MS = 5_000;

/** A body that is written at its reader's pace, and to which nothing is added once access is over. */
export class Outflow {
  readonly #res: Response;
  readonly #visit: Visit;
  #closed: boolean;
  #wake = () => {};

  constructor(res: Response, visit: Visit) {
    this.#res = res;
    this.#visit = visit;
    // Whoever has left while he was being let in does not say so again.
    this.#closed = res.closed;
    res.on('drain', () => this.#wake());
    res.once('close', () => {
      this.#closed = true;
      this.#wake();
    });
    visit.signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Whether the reader is there and may read on. */
  get isOpen(): boolean {
    return !this.#closed && this.#visit.isLive;
  }

  /** Hands over a chunk, if it is open still, and waits until there is room for more. */
  async write(chunk: Uint8Array | string): Promise<void> {
    if (this.isOpen && !this.#res.write(chunk)) await this.#drained();
  }

  /** Waits for a call of `wake`, but no longer than `ms`, the end of access or the reader's leaving. */
  async pause(ms: number, onWake: (wake: () => void) => () => void): Promise<void> {
    if (!this.isOpen) return;
    const woken = this.#woken(ms);
    const off = onWake(() => this.#wake());
    await woken;
    off();
  }

  /** Why the body ends, when it does now. */
  get reason(): BodyEnd {
    return this.#visit.isLive ? 'complete' : this.#visit.end;
  }

  /** Ends the body, with a trailer that says why, or short of its Content-Length. */
  end(reason: BodyEnd = this.reason): void {
    if (this.#closed) return;
    if (!this.#res.headersSent) this.#res.flushHeaders();
    if (this.#res.chunkedEncoding) this.#res.addTrailers({ 'Dazaar-End': reason });
    else if (reason !== 'complete') return void this.#res.destroy();
    this.#res.end();
    if (reason === 'complete') return;
    const timer = setTimeout(() => this.#res.destroy(), GOODBYE_MS);
    this.#res.once('close', () => clearTimeout(timer));
  }

  async #drained(): Promise<void> {
    const untilMs = performance.now() + STUCK_MS;
    while (this.isOpen && this.#res.writableNeedDrain) {
      if (performance.now() >= untilMs) this.#res.destroy();
      await this.#woken(untilMs - performance.now());
    }
  }

  #woken(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(ms, 0));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
