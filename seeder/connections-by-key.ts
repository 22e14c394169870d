import type { Connection } from 'hyperdht';
import type Hyperswarm from 'hyperswarm';
import { idOf } from './key-id.ts';

/**
 * Hyperswarm's private set of connections, which has one of each key and puts a newer one in the place of an older: two
 * machines with one key would throw each other out for ever. This one has as many of a key as are let in.
 */
export class ConnectionsByKey {
  readonly #byKey = new Map<string, Set<Connection>>();
  readonly #isSingle: (key: Uint8Array) => boolean;

  /** @param isSingle whether a newer connection of the key is to be put in the place of an older one */
  constructor(isSingle: (key: Uint8Array) => boolean) {
    this.#isSingle = isSingle;
  }

  /** Puts the set into a swarm that has no connections yet. */
  static into(swarm: Hyperswarm, isSingle: (key: Uint8Array) => boolean): ConnectionsByKey {
    const connections = new ConnectionsByKey(isSingle);
    (swarm as unknown as { _allConnections: ConnectionsByKey })._allConnections = connections;
    return connections;
  }

  get size(): number {
    let size = 0;
    for (const connections of this.#byKey.values()) size += connections.size;
    return size;
  }

  /** How many there are of a key. */
  countOf(key: Uint8Array): number {
    return this.#byKey.get(idOf(key))?.size ?? 0;
  }

  has(key: Uint8Array | string): boolean {
    return this.#byKey.has(nameOf(key));
  }

  /** The one that a newer connection of the key is to replace. */
  get(key: Uint8Array): Connection | undefined {
    if (!this.#isSingle(key)) return undefined;
    const [first] = this.#byKey.get(idOf(key)) ?? [];
    return first;
  }

  add(connection: Connection): void {
    const id = idOf(connection.remotePublicKey);
    const known = this.#byKey.get(id);
    if (known) known.add(connection);
    else this.#byKey.set(id, new Set([connection]));
  }

  delete(connection: Connection): void {
    const id = idOf(connection.remotePublicKey);
    const known = this.#byKey.get(id);
    known?.delete(connection);
    if (known?.size === 0) this.#byKey.delete(id);
  }

  *[Symbol.iterator](): Iterator<Connection> {
    for (const connections of this.#byKey.values()) yield* connections;
  }
}

function nameOf(key: Uint8Array | string): string {
  return typeof key === 'string' ? key : idOf(key);
}
