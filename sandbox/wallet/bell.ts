import type { Database } from '../store/database.ts';

/** Tells whoever listens, after the commit, that something with this hash changed. */
export class Bell {
  readonly #db: Database;
  readonly #all = new Set<() => void>();
  readonly #byHash = new Map<string, Set<() => void>>();

  constructor(db: Database) {
    this.#db = db;
  }

  ring(hash: string): void {
    this.#db.afterCommit(() => {
      for (const listener of [...this.#all]) listener();
      for (const listener of [...(this.#byHash.get(hash) ?? [])]) listener();
    });
  }

  /** Listens to every ring; returns how to stop. */
  onAny(listener: () => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Listens to one hash; returns how to stop. */
  on(hash: string, listener: () => void): () => void {
    const listeners = this.#byHash.get(hash) ?? new Set();
    this.#byHash.set(hash, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byHash.get(hash) === listeners) this.#byHash.delete(hash);
    };
  }
}
