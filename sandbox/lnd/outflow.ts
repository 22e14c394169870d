import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Database } from '../store/database.ts';

/** Answers with what comes next, at most one batch, or with nothing when it is up to date. */
export type Source = () => { messages: unknown[]; isLast?: boolean };

/**
 * A server stream that pulls: at each wake, after a commit, it reads on from its source until that
 * is empty or the client's window is full. So nothing uncommitted leaves, no event is lost or
 * doubled between replay and live, and a slow client costs no memory.
 */
export class Outflow {
  readonly #db: Database;
  readonly #kick: () => void;
  readonly #call: ServerWritableStream<unknown, unknown>;
  #source: Source | undefined;
  #isWaiting = false;
  #isScheduled = false;
  #isClosed = false;

  constructor(db: Database, kick: () => void, call: ServerWritableStream<unknown, unknown>) {
    this.#db = db;
    this.#kick = kick;
    this.#call = call;
  }

  /** Sets the source and reads from it after the next commit. */
  start(source: Source): void {
    this.#source = source;
    this.schedule();
  }

  /** To be called when the source may have more: at any time, as often as one likes. */
  readonly schedule = (): void => {
    if (this.#isScheduled || this.#isWaiting || this.#isClosed) return;
    this.#isScheduled = true;
    this.#db.afterCommit(() => {
      this.#isScheduled = false;
      this.#flow();
    });
    this.#kick();
  };

  /** Runs once when the client is gone or the stream has ended. */
  onClose(release: () => void): void {
    const close = () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      release();
    };
    this.#call.on('cancelled', close);
    this.#call.on('close', close);
    this.#call.on('finish', close);
    this.#call.on('error', close);
  }

  #flow(): void {
    while (!this.#isWaiting && !this.#isClosed && this.#source) {
      const { messages, isLast } = this.#source();
      let hasRoom = true;
      for (const message of messages) hasRoom = this.#call.write(message);
      if (isLast) {
        this.#call.end();
        return;
      }
      if (messages.length === 0) return;
      if (!hasRoom) this.#waitForRoom();
    }
  }

  #waitForRoom(): void {
    this.#isWaiting = true;
    this.#call.once('drain', () => {
      this.#isWaiting = false;
      this.schedule();
    });
  }
}
