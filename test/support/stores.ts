import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Corestore from 'corestore';

/** Stores in directories of their own, that are gone when the scope ends. */
export class TestStores implements AsyncDisposable {
  readonly #directories = new Map<Corestore, string>();

  async open(): Promise<Corestore> {
    return this.#open(await mkdtemp(join(tmpdir(), 'dazaar-store-')));
  }

  /** Closes a store and opens it again, as a restart does. */
  async reopen(store: Corestore): Promise<Corestore> {
    const directory = this.#directories.get(store)!;
    this.#directories.delete(store);
    await store.close();
    return this.#open(directory);
  }

  /** Replicates what both have the keys of. */
  link(a: Corestore, b: Corestore): void {
    const one = a.replicate(true);
    const other = b.replicate(false);
    for (const stream of [one, other]) stream.on('error', () => {});
    one.pipe(other).pipe(one);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [store, directory] of this.#directories) {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #open(directory: string): Promise<Corestore> {
    const store = new Corestore(directory);
    this.#directories.set(store, directory);
    await store.ready();
    return store;
  }
}
