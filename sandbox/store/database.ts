import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { SCHEMA } from './schema.ts';

/**
 * One SQLite file behind one open transaction. Writes gather until `commit`; whatever the outside
 * world may see of them waits in `afterCommit`. Opening fails while another process has the file:
 * the lock is the kernel's, so a killed process leaves none behind.
 */
export class Database {
  readonly #sql: DatabaseSync;
  #isOpen = false;
  #effects: (() => void)[] = [];
  #isTelling = false;

  constructor(file: string) {
    this.#sql = new DatabaseSync(file, { timeout: 0 });
    this.#sql.exec('pragma locking_mode = exclusive; pragma journal_mode = wal;');
    this.#sql.exec('pragma synchronous = normal; begin exclusive; commit;');
    this.#sql.exec(SCHEMA);
  }

  prepare(sql: string): StatementSync {
    return this.#sql.prepare(sql);
  }

  /** Runs a write inside the open transaction. Effects must not: others would tell of it early. */
  run(statement: StatementSync, ...values: SQLInputValue[]): void {
    if (this.#isTelling) throw new Error('an effect writes');
    if (!this.#isOpen) {
      this.#sql.exec('begin immediate');
      this.#isOpen = true;
    }
    statement.run(...values);
  }

  /** Runs the effect once everything written so far is committed. */
  afterCommit(effect: () => void): void {
    this.#effects.push(effect);
  }

  get isPending(): boolean {
    return this.#isOpen || this.#effects.length > 0;
  }

  commit(): void {
    if (this.#isOpen) this.#sql.exec('commit');
    this.#isOpen = false;
    const effects = this.#effects;
    this.#effects = [];
    this.#isTelling = true;
    for (const effect of effects) effect();
    this.#isTelling = false;
  }

  close(): void {
    this.commit();
    this.#sql.close();
  }
}
