import type { Database } from './database.ts';

/** Small facts of the whole daemon: ports, macaroon root key. */
export class Meta {
  readonly #db: Database;
  readonly #get;
  readonly #put;

  constructor(db: Database) {
    this.#db = db;
    this.#get = db.prepare('select value from meta where key = ?');
    this.#put = db.prepare('insert or replace into meta values (?, ?)');
  }

  get(key: string): string | undefined {
    return this.#get.get(key)?.value as string | undefined;
  }

  put(key: string, value: string): void {
    this.#db.run(this.#put, key, value);
  }
}
