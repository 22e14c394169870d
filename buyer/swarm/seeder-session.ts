import type { Connection } from 'hyperswarm';
import Protomux from 'protomux';
import { type DazaarChannel, openChannel } from '../../protocol/channel.ts';
import {
  type Answer,
  type Ask,
  type Expiring,
  type Hello,
  type Invalid,
  type Message,
  MINOR,
  type OrderState,
  type Subscribe,
  type Valid,
} from '../../protocol/messages.ts';
import { verifySeeder } from '../../protocol/seeder-attestation.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { AGENT } from './agent.ts';

// Seeders keep connections alive every 5 s: one that is silent for longer is gone without a word.
const SILENCE_MS = 11_000;
const FIRST_WORD_MS = 4_000;
const ANSWER_MS = 15_000;
const MAX_ASK_ID = 2 ** 32;
/** Clocks that are off by this much are taken for right. */
export const CLOCK_TOLERANCE_MS = 10 * 60_000;

/** A question without the number that its answer is known by. */
export type Question = Ask extends infer A ? (A extends Ask ? Omit<A, 'id'> : never) : never;

export interface SessionOptions {
  connection: Connection;
  /** Who the market's seeders are attested by, in hex. */
  marketKey: string;
  /** Whether the market itself says that this is a seeder of its. */
  isListed: boolean;
  /** 16 bytes in hex that stay the same on this machine. */
  device: string;
}

/** What a seeder that is trusted says by itself. */
export interface SessionHandlers {
  onreport(session: SeederSession, report: Valid | Invalid): void;
  onexpiring(message: Expiring): void;
  onorder(order: OrderState): void;
  onmessage(message: Message): void;
  onclose(session: SeederSession): void;
}

/** The seeder refused what it was asked: its code and a sentence. */
export class SeederRefusal extends Failure {
  constructor(code: string, detail: string) {
    super(EXIT.market, code, `the market refused: ${detail}`);
  }
}

/** The connection ended before the answer came: another seeder may be asked the same. */
export class SeederGone extends Failure {
  constructor() {
    super(EXIT.noSeeder, 'seeder-gone', 'the seeder has gone without an answer');
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The `dazaar/2` channel to one seeder. Nothing is said to a peer, and nothing believed of it, until it is known for a
 * seeder of the market: by the market's own list, or by the attestation that it shows.
 */
export class SeederSession {
  readonly seederKey: string;
  readonly mux: Protomux;
  /** Resolves once it is known whether this is a seeder of the market. */
  readonly trusted: Promise<boolean>;
  readonly #options: SessionOptions;
  readonly #handlers: SessionHandlers;
  readonly #asked = new Map<number, Pending>();
  readonly #firstWord: NodeJS.Timeout;
  readonly #channel: DazaarChannel | null;
  #decideTrust: (isTrusted: boolean) => void = () => undefined;
  #isTrusted = false;
  #isOver = false;
  #nextId = 0;

  constructor(options: SessionOptions, handlers: SessionHandlers) {
    const { connection, isListed } = options;
    this.#options = options;
    this.#handlers = handlers;
    this.seederKey = connection.remotePublicKey.toString('hex');
    this.mux = Protomux.from(connection);
    this.trusted = new Promise((resolve) => {
      this.#decideTrust = resolve;
    });
    connection.setTimeout(SILENCE_MS);
    // A connection can be open at our end only: then another attempt helps.
    this.#firstWord = setTimeout(() => connection.destroy(), FIRST_WORD_MS);
    connection.once('close', () => this.#end());
    this.#channel = openChannel(this.mux, {
      // What comes with the handshake is heard while the channel is being opened, before anything can be said on it.
      onhello: (hello) => queueMicrotask(() => this.#meet(hello)),
      onvalid: (report) => this.#heard(() => handlers.onreport(this, report)),
      oninvalid: (report) => this.#heard(() => handlers.onreport(this, report)),
      onexpiring: (message) => this.#heard(() => handlers.onexpiring(message)),
      onorder: (order) => this.#heard(() => handlers.onorder(order)),
      onmessage: (message) => this.#heard(() => handlers.onmessage(message)),
      onanswer: (answer) => this.#heard(() => this.#answered(answer)),
      onclose: () => connection.destroy(),
    });
    if (this.#channel === null) connection.destroy();
    else if (isListed) this.#trust();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  subscribe(message: Subscribe): void {
    this.#channel?.subscribe(message);
  }

  /** The answer to a question, as it came. @throws SeederRefusal, SeederGone */
  ask(question: Question): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId = (id + 1) % MAX_ASK_ID;
    return new Promise((resolve, reject) => {
      if (this.#isOver || !this.#isTrusted) return reject(new SeederGone());
      const timer = setTimeout(() => this.#settle(id)?.reject(new SeederGone()), ANSWER_MS);
      const settled = (settle: () => void) => {
        clearTimeout(timer);
        settle();
      };
      this.#asked.set(id, {
        resolve: (value) => settled(() => resolve(value)),
        reject: (error) => settled(() => reject(error)),
      });
      this.#channel?.ask({ ...question, id });
    });
  }

  // A seeder that waits for its database's clock says hello again with an attestation.
  #meet({ attestation }: Hello): void {
    if (this.#isOver || this.#isTrusted || attestation === undefined) return;
    clearTimeout(this.#firstWord);
    const verdict = verifySeeder(attestation, {
      marketKey: this.#options.marketKey,
      seederKey: this.seederKey,
      nowMs: Date.now(),
      toleranceMs: CLOCK_TOLERANCE_MS,
    });
    if (verdict === 'genuine') this.#trust();
    else this.#decideTrust(false);
  }

  #trust(): void {
    this.#isTrusted = true;
    this.#channel?.hello({ minor: MINOR, agent: AGENT, device: this.#options.device });
    this.#decideTrust(true);
  }

  #heard(handle: () => void): void {
    if (!this.#isTrusted || this.#isOver) return;
    clearTimeout(this.#firstWord);
    handle();
  }

  #answered(answer: Answer): void {
    const pending = this.#settle(answer.id);
    if ('value' in answer) pending?.resolve(answer.value);
    else pending?.reject(new SeederRefusal(answer.refused.code, answer.refused.detail));
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#asked.get(id);
    this.#asked.delete(id);
    return pending;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#firstWord);
    this.#decideTrust(false);
    for (const pending of this.#asked.values()) pending.reject(new SeederGone());
    this.#asked.clear();
    this.#handlers.onclose(this);
  }
}
