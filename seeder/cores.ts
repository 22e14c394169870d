import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type { Logger } from 'pino';
import type { FeedKind, PrismaClient } from '../prisma/client/client.ts';
import type { Feed, Feeds } from './feeds.ts';

type Role = 'data' | 'files' | 'blobs';
type Opened = Feed & { readonly roles: Readonly<Partial<Record<Role, Hypercore>>> };

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
  readonly #feeds: Feeds;
  readonly #elsewhere = new Set<string>();

  constructor(prisma: PrismaClient, store: Corestore, log: Logger, feeds: Feeds) {
    this.#prisma = prisma;
    this.#store = store;
    this.#log = log;
    this.#feeds = feeds;
  }

  /** Opens or makes the writers of every hosted feed that is new. */
  async step(): Promise<void> {
    const rows = await this.#prisma.feed.findMany({
      where: { origin: 'hosted' },
      select: { id: true, kind: true },
    });
    const failures: unknown[] = [];
    for (const { id, kind } of rows) {
      if (this.#feeds.feed(id) || this.#elsewhere.has(id)) continue;
      await this.#open(id, kind).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #open(feedId: string, kind: FeedKind): Promise<void> {
    const { roles, ...feed } = await openWriter(this.#store, feedId, kind);
    if (await this.#record(feedId, roles)) return this.#feeds.add(feed);
    this.#elsewhere.add(feedId);
    this.#log.error({ feedId }, 'another storage directory holds the writer of this feed');
    await closeWriter(feed);
  }

  // One statement: buyers are told of all cores of a feed or of none.
  async #record(feedId: string, roles: Opened['roles']): Promise<boolean> {
    const data = Object.entries(roles).map(([role, core]) => ({
      feedId,
      role,
      key: Uint8Array.from(core.key),
      discoveryKey: Uint8Array.from(core.discoveryKey),
    }));
    await this.#prisma.feedCore.createMany({ data, skipDuplicates: true });
    const recorded = await this.#prisma.feedCore.findMany({
      where: { feedId },
      select: { role: true, key: true },
    });
    return recorded.every(({ role, key }) => roles[role as Role]?.key.equals(key));
  }
}

/** Opens or makes what a hosted feed is written with; its keys follow from the store and the feed's id. */
export async function openWriter(
  store: Corestore,
  feedId: string,
  kind: FeedKind,
): Promise<Opened> {
  if (kind === 'hyperdrive') return openDrive(store, feedId);
  const core = store.get({ name: feedId });
  await core.ready();
  const feed = {
    id: feedId,
    origin: 'hosted',
    core,
    cores: [core],
    roles: { data: core },
  } as const;
  if (kind === 'hypercore') return { ...feed, kind };
  const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'json' });
  await bee.ready();
  return { ...feed, kind, bee };
}

async function openDrive(store: Corestore, feedId: string): Promise<Opened> {
  const drive = new Hyperdrive(store.namespace(feedId));
  await drive.ready();
  const { core } = drive;
  const { core: blobs } = await drive.getBlobs();
  return {
    id: feedId,
    origin: 'hosted',
    kind: 'hyperdrive',
    core,
    cores: [core, blobs],
    roles: { files: core, blobs },
    drive,
    blobs,
  };
}

async function closeWriter(feed: Feed): Promise<void> {
  if (feed.kind === 'hyperdrive') await feed.drive.close();
  else await feed.core.close();
}
