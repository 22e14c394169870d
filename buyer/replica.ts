import { EventEmitter } from 'node:events';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import type { Connection, KeyPair } from 'hyperswarm';
import Protomux from 'protomux';
import type { Market } from '../contract/index.ts';
import { openChannel } from '../protocol/channel.ts';
import { type Access, AccessReports } from './access.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { SeederLink } from './seeder-link.ts';
import { SilentSeeders } from './silent-seeders.ts';

// Seeders keep connections alive every 5 s: one that is silent for longer is gone without a word.
const SILENCE_MS = 11_000;
const ANSWER_MS = 4_000;

export interface ReplicaOptions {
  /** Directory of the market's Corestore; one process at a time. */
  storeDir: string;
  keyPair: KeyPair;
  feedId: string;
  /** The core's public key, 64 hexadecimal digits. */
  coreKey: string;
  swarm: Market['swarm'];
  refreshSwarm: () => Promise<Market['swarm']>;
}

/**
 * The buyer's copy of a feed's core: holds what was fetched, fetches what is asked for from the market's seeders, and
 * knows how the buyer stands with them. Every block is verified against the core's key by Hypercore.
 *
 * Emits `change` whenever the length, the connections or the access may have changed.
 */
export class Replica extends EventEmitter<{ change: [] }> {
  readonly core: Hypercore;
  readonly #store: Corestore;
  readonly #feedId: string;
  readonly #reports = new AccessReports();
  readonly #link: SeederLink;
  readonly #seeders: SilentSeeders;
  #endedAtMs: number | null = null;

  private constructor(store: Corestore, core: Hypercore, options: ReplicaOptions) {
    super();
    this.#store = store;
    this.core = core;
    this.#feedId = options.feedId;
    core.on('append', () => this.emit('change'));
    this.#seeders = new SilentSeeders(core);
    this.#link = new SeederLink({
      keyPair: options.keyPair,
      topic: core.discoveryKey,
      swarm: options.swarm,
      refresh: options.refreshSwarm,
      onconnection: (connection) => this.#subscribe(connection),
    });
  }

  /** Opens the store and starts looking for seeders. @throws Failure when another process has the store. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const store = new Corestore(options.storeDir, { wait: false });
    try {
      await store.ready();
    } catch (error) {
      await store.close().catch(() => undefined);
      throw storeFailure(options.storeDir, error);
    }
    const core = store.get({ key: Buffer.from(options.coreKey, 'hex'), writable: false });
    await core.ready();
    return new Replica(store, core, options);
  }

  get access(): Access {
    return this.#reports.access;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** How long there has been no seeder, in milliseconds. */
  get aloneForMs(): number {
    return this.#link.aloneForMs;
  }

  /** When the last grant that a seeder told of ends or ended, on the market's clock; null: no end, or none told. */
  get expiresAtMs(): number | null {
    return this.#endedAtMs;
  }

  /** The same on our clock. */
  get expiresAtLocalMs(): number | null {
    return this.#endedAtMs === null ? null : this.#reports.localMs(this.#endedAtMs);
  }

  async close(): Promise<void> {
    this.removeAllListeners();
    await this.#link.close();
    this.#seeders.close();
    await this.#store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #subscribe(connection: Connection): void {
    const mux = Protomux.from(connection);
    const seederKey = connection.remotePublicKey.toString('hex');
    connection.setTimeout(SILENCE_MS);
    // A connection can be open at our end only: then another attempt helps.
    const unanswered = setTimeout(() => connection.destroy(), ANSWER_MS);
    this.#seeders.add(connection);
    const channel = openChannel(mux, {
      onvalid: (report) => {
        if (report.feedId !== this.#feedId) return;
        clearTimeout(unanswered);
        this.#reports.heard(seederKey, report);
        this.#endedAtMs = report.expiresAtMs;
        this.emit('change');
      },
      oninvalid: (report) => {
        if (report.feedId !== this.#feedId) return;
        clearTimeout(unanswered);
        this.#reports.heard(seederKey, report);
        this.emit('change');
      },
    });
    channel?.subscribe({ feedId: this.#feedId });
    connection.once('close', () => {
      clearTimeout(unanswered);
      this.#reports.forget(seederKey);
      this.emit('change');
    });
    this.emit('change');
  }
}

function storeFailure(storeDir: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  const locked = /lock/i.test(reason);
  return new Failure(
    EXIT.local,
    locked ? 'store-locked' : 'store-unusable',
    locked
      ? 'another dazaar pull is running with this home directory'
      : `the block store ${storeDir} cannot be opened (${reason})`,
    locked
      ? 'wait for it, or use another --home with a key of its own'
      : 'free some space, or move it out of the way: everything in it can be pulled again',
  );
}
