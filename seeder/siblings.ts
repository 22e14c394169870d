import type Hypercore from 'hypercore';
import type { Connection } from 'hyperdht';
import Protomux from 'protomux';
import type { PrismaClient } from '../prisma/client/client.ts';
import { attach } from './attachment.ts';
import { idOf } from './key-id.ts';

// A seeder says every 5 s that it is up.
const LEASE_MS = 30_000;
const MAX_SIBLINGS = 32;

/**
 * The market's other seeders. They are served every feed without a grant, so that buyers find it there too: whoever is
 * on the list of seeders in Postgres, which only the market's own processes write, and no longer than his last word there
 * is good for. While the database is away nobody's is renewed, and nothing is appended that they would miss.
 */
export class Siblings {
  readonly #prisma: PrismaClient;
  readonly #ownKey: Uint8Array;
  /** Until when a key is a sibling's, by the monotonic clock. */
  readonly #leases = new Map<string, number>();
  readonly #streams = new Map<string, Set<Connection>>();
  readonly #cores = new Map<string, readonly Hypercore[]>();

  constructor(prisma: PrismaClient, ownKey: Uint8Array) {
    this.#prisma = prisma;
    this.#ownKey = ownKey;
  }

  /** Whether another seeder's connections authenticate with this key, now. */
  has(key: Uint8Array): boolean {
    return (this.#leases.get(idOf(key)) ?? 0) > performance.now();
  }

  /** Takes any stream: who is no sibling yet may turn out to be one. */
  onconnection(connection: Connection): void {
    const id = idOf(connection.remotePublicKey);
    const streams = this.#streams.get(id) ?? new Set();
    this.#streams.set(id, streams.add(connection));
    connection.on('close', () => {
      streams.delete(connection);
      if (streams.size === 0 && this.#streams.get(id) === streams) this.#streams.delete(id);
    });
    if (this.has(connection.remotePublicKey)) this.#carryAll(connection);
  }

  /** Puts the ready cores of a feed on every sibling's stream. */
  carry(feedId: string, cores: readonly Hypercore[]): void {
    this.#cores.set(feedId, cores);
    for (const id of this.#leases.keys()) {
      for (const stream of this.#streams.get(id) ?? []) carry(cores, stream);
    }
  }

  /** Carries a feed no more: its cores are closed. */
  drop(feedId: string): void {
    this.#cores.delete(feedId);
  }

  /** Reads who is on the list, cuts who is not, and calls who is not connected. */
  async step(dial: (key: Buffer) => void, forget: (key: Buffer) => void): Promise<void> {
    this.#cutAllBut((id) => this.#leases.get(id)! > performance.now(), forget);
    const leases = await this.#read();
    for (const [id, untilMs] of leases) this.#leases.set(id, untilMs);
    this.#cutAllBut((id) => leases.has(id), forget);
    for (const id of leases.keys()) {
      const streams = this.#streams.get(id);
      // A grant of the same key that ended has taken its feed off the stream.
      for (const stream of streams ?? []) this.#carryAll(stream);
      if (!streams) dial(Buffer.from(id, 'hex'));
    }
  }

  async #read(): Promise<Map<string, number>> {
    const askedAtMs = performance.now();
    const rows = await this.#prisma.$queryRaw<{ key: Uint8Array; ageMs: number }[]>`
      SELECT noise_key AS key, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "ageMs"
      FROM seeders WHERE noise_key <> ${Uint8Array.from(this.#ownKey)}
      ORDER BY seen_at DESC LIMIT ${MAX_SIBLINGS}`;
    const fresh = rows.filter(({ ageMs }) => ageMs < LEASE_MS);
    return new Map(fresh.map(({ key, ageMs }) => [idOf(key), askedAtMs + LEASE_MS - ageMs]));
  }

  // What such a key may read by a grant, it comes back for.
  #cutAllBut(stays: (id: string) => boolean, forget: (key: Buffer) => void): void {
    for (const id of this.#leases.keys()) {
      if (stays(id)) continue;
      this.#leases.delete(id);
      forget(Buffer.from(id, 'hex'));
      for (const stream of this.#streams.get(id) ?? []) stream.destroy();
    }
  }

  #carryAll(stream: Connection): void {
    for (const cores of this.#cores.values()) carry(cores, stream);
  }
}

function carry(cores: readonly Hypercore[], stream: Connection): void {
  const mux = Protomux.from(stream);
  for (const core of cores) if (!core.closing) attach(core, mux);
}
