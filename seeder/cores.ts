import type Corestore from 'corestore';
import type Hypercore from 'hypercore';
import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';

const ROLE = 'data';

/**
 * The writers of hosted feeds. A writer's key is made from the store's primary key and the feed's id: whoever was killed
 * between making the writer and recording it makes the same one again. So a writer belongs to one storage directory,
 * and the store's file lock, which the kernel frees when a process dies, keeps it to one process; no lock in Postgres,
 * that could be lost with a connection while the process goes on appending, is needed.
 */
export class HostedCores {
  readonly #prisma: PrismaClient;
  readonly #store: Corestore;
  readonly #log: Logger;
  readonly #onopen: (feedId: string, core: Hypercore) => void;
  readonly #cores = new Map<string, Hypercore>();
  readonly #elsewhere = new Set<string>();

  /** @param onopen called once for each feed whose writer is ours, when it is ready and recorded. */
  constructor(
    prisma: PrismaClient,
    store: Corestore,
    log: Logger,
    onopen: (feedId: string, core: Hypercore) => void,
  ) {
    this.#prisma = prisma;
    this.#store = store;
    this.#log = log;
    this.#onopen = onopen;
  }

  /** The ids of the feeds whose writers are held here. */
  get feedIds(): string[] {
    return [...this.#cores.keys()];
  }

  /** The ready writer of a feed, if it is held here. */
  get(feedId: string): Hypercore | undefined {
    return this.#cores.get(feedId);
  }

  /** Opens or makes the writer of every hosted feed that is new. */
  async step(): Promise<void> {
    const feeds = await this.#prisma.feed.findMany({
      where: { origin: 'hosted' },
      select: { id: true },
    });
    const failures: unknown[] = [];
    for (const { id } of feeds) {
      if (this.#cores.has(id) || this.#elsewhere.has(id)) continue;
      await this.#open(id).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #open(feedId: string): Promise<void> {
    const core = this.#store.get({ name: feedId });
    await core.ready();
    const recorded = await this.#record(feedId, core);
    if (!core.key.equals(recorded)) {
      this.#elsewhere.add(feedId);
      this.#log.error({ feedId }, 'another storage directory holds the writer of this feed');
      await core.close();
      return;
    }
    this.#cores.set(feedId, core);
    this.#onopen(feedId, core);
  }

  async #record(feedId: string, core: Hypercore): Promise<Uint8Array> {
    const key = Uint8Array.from(core.key);
    const discoveryKey = Uint8Array.from(core.discoveryKey);
    await this.#prisma.feedCore.createMany({
      data: [{ key, feedId, role: ROLE, discoveryKey }],
      skipDuplicates: true,
    });
    const where = { feedId_role: { feedId, role: ROLE } };
    const row = await this.#prisma.feedCore.findUniqueOrThrow({ where, select: { key: true } });
    return row.key;
  }
}
