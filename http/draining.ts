import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/**
 * How an HTTP server ends without losing a request. First it says that it will, in `/readyz` and with
 * `Connection: close`, and answers on as before, so that a load balancer has the time to take it out. Then it ends:
 * streams are finished for their readers to come back elsewhere, what is under way is answered.
 */
export class Draining {
  readonly #ending = new AbortController();
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  /** Aborts when streams are to end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Says that the server will end; resolves when those who send requests have had `graceMs` to hear of it. */
  async begin(graceMs: number): Promise<void> {
    this.#begun = true;
    await sleep(graceMs);
  }

  /** Takes no more connections and waits for the answers under way; what is not over within `boundMs` is cut. */
  async end(http: Server, boundMs: number): Promise<void> {
    this.#begun = true;
    const closed = once(http, 'close');
    http.close();
    this.#ending.abort();
    // A connection that was busy when it began is idle once its answer has left.
    const idle = setInterval(() => http.closeIdleConnections(), LOOK_EVERY_MS);
    const cut = setTimeout(() => http.closeAllConnections(), boundMs);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  }
}
