import type { Database } from './database.ts';

/** A node's own drawer of the key-value table, in the shape of LDK's KVStore. */
export class KeyValues {
  readonly #db: Database;
  readonly #node: string;
  readonly #get;
  readonly #put;
  readonly #delete;
  readonly #list;

  constructor(db: Database, node: string) {
    this.#db = db;
    this.#node = node;
    const where = 'where node = ? and space = ? and subspace = ?';
    this.#get = db.prepare(`select value from kv ${where} and key = ?`);
    this.#put = db.prepare('insert or replace into kv values (?, ?, ?, ?, ?)');
    this.#delete = db.prepare(`delete from kv ${where} and key = ?`);
    this.#list = db.prepare(`select key from kv ${where}`);
  }

  get(space: string, subspace: string, key: string): Uint8Array | undefined {
    const row = this.#get.get(this.#node, space, subspace, key);
    return row ? new Uint8Array(row.value as Uint8Array) : undefined;
  }

  put(space: string, subspace: string, key: string, value: Uint8Array): void {
    this.#db.run(this.#put, this.#node, space, subspace, key, value);
  }

  delete(space: string, subspace: string, key: string): void {
    this.#db.run(this.#delete, this.#node, space, subspace, key);
  }

  list(space: string, subspace: string): string[] {
    return this.#list.all(this.#node, space, subspace).map((row) => row.key as string);
  }
}
