import type { Database } from './database.ts';

/** Small facts of the whole daemon: ports, macaroon root keys. */
export class Meta {
  readonly #db: Database;
  readonly #get;
  readonly #put;
  readonly #remove;
  readonly #keys;

  constructor(db: Database) {
    this.#db = db;
    this.#get = db.prepare('select value from meta where key = ?');
    this.#put = db.prepare('insert or replace into meta values (?, ?)');
    this.#remove = db.prepare('delete from meta where key = ?');
    this.#keys = db.prepare('select key from meta where substr(key, 1, length(?1)) = ?1');
  }

  get(key: string): string | undefined {
    return this.#get.get(key)?.value as string | undefined;
  }

  put(key: string, value: string): void {
    this.#db.run(this.#put, key, value);
  }

  remove(key: string): void {
    this.#db.run(this.#remove, key);
  }

  keys(prefix: string): string[] {
    return this.#keys.all(prefix).map(({ key }) => key as string);
  }
}
