import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type { Logger } from 'pino';
import type { FeedKind, FeedMode, PrismaClient } from '../prisma/client/client.ts';
import { sealedStore } from '../protocol/sealed-store.ts';
import { askOnly, Copy } from './copy.ts';
import type { FeedSeal } from './feed-seal.ts';
import type { Feed, Feeds } from './feeds.ts';
import { challengeOf, proveWriter } from './prove-writers.ts';
import type { Refill } from './refill.ts';
import type { Seals } from './seals.ts';
import type { Siblings } from './siblings.ts';

type Role = 'data' | 'files' | 'blobs';
type Opened = Exclude<Feed, { kind: 'autobase' }> & {
  readonly roles: Readonly<Partial<Record<Role, Hypercore>>>;
};
type RecordedCore = { role: string; key: Uint8Array; length: bigint; proof: Uint8Array | null };
interface HostedFeed {
  id: string;
  kind: FeedKind;
  mode: FeedMode;
  epochMs: number | null;
  cores: RecordedCore[];
}

const RECORDED = { role: true, key: true, length: true, proof: true } as const;
// Hyperdrive's own name for the core of its files.
const FILES_NAME = 'db';

/**
 * The hosted feeds: of some this seeder has the writers, of the others it keeps copies. A writer's key is made from the
 * store's primary key and the feed's id: whoever was killed between making the writer and recording it makes the same one
 * again. So a writer belongs to one storage directory, and the store's file lock, which the kernel frees when a process
 * dies, keeps it to one process; no lock in Postgres, that could be lost with a connection while the process goes on
 * appending, is needed. Of several seeders the first one to record a feed's cores has its writers.
 */
export class HostedCores {
  readonly #prisma: PrismaClient;
  readonly #store: Corestore;
  readonly #log: Logger;
  readonly #feeds: Feeds;
  readonly #siblings: Pick<Siblings, 'has' | 'carry'>;
  readonly #refill: Pick<Refill, 'isWhole'>;
  readonly #market: Uint8Array;
  readonly #seals: Pick<Seals, 'of'>;
  readonly #copied = new Set<string>();

  /** @param market the key that the market signs with */
  constructor(
    prisma: PrismaClient,
    market: Uint8Array,
    store: Corestore,
    log: Logger,
    feeds: Feeds,
    siblings: Pick<Siblings, 'has' | 'carry'>,
    refill: Pick<Refill, 'isWhole'>,
    seals: Pick<Seals, 'of'>,
  ) {
    this.#prisma = prisma;
    this.#market = market;
    this.#store = store;
    this.#log = log;
    this.#feeds = feeds;
    this.#siblings = siblings;
    this.#refill = refill;
    this.#seals = seals;
  }

  /** Opens every hosted feed that is new, and fetches back what its writers have lost. */
  async step(): Promise<void> {
    const rows = await this.#prisma.feed.findMany({
      where: { origin: 'hosted' },
      select: { id: true, kind: true, mode: true, epochMs: true, cores: { select: RECORDED } },
    });
    const failures: unknown[] = [];
    for (const row of rows) await this.#visit(row).catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async #visit(row: HostedFeed): Promise<void> {
    const feed = this.#feeds.feed(row.id);
    if (feed?.isWriter) await this.#check(feed, row.cores);
    else if (!feed && !this.#copied.has(row.id)) await this.#open(row);
  }

  async #check(feed: Feed, recorded: readonly RecordedCore[]): Promise<void> {
    for (const { key, length, proof } of recorded) {
      const core = feed.cores.find((each) => each.key.equals(key))!;
      this.#refill.isWhole(feed.id, core, Number(length));
      // It was recorded when writers did not sign yet.
      if (!proof) await this.#prove(feed.id, core);
    }
  }

  async #prove(feedId: string, core: Hypercore): Promise<void> {
    const challenge = await challengeOf(this.#prisma, feedId);
    await this.#prisma.feedCore.update({
      where: { key: Uint8Array.from(core.key) },
      data: proveWriter(core, { market: this.#market, feedId, challenge }),
    });
  }

  async #open(row: HostedFeed): Promise<void> {
    const { id, kind, mode, cores } = row;
    if (cores.length > 0 && !(await isWrittenBy(this.#store, row))) return this.#copy(row);
    const seal = await this.#seals.of(row);
    const isUnique = mode === 'unique';
    const { roles, ...feed } = await openWriter(this.#store, id, kind, seal, isUnique);
    const recorded = await this.#record(id, roles);
    if (!recorded.every(({ role, key }) => roles[role as Role]?.key.equals(key))) {
      await closeWriter(feed);
      return this.#copy({ ...row, cores: recorded });
    }
    // A buyer is never asked for what was lost.
    for (const core of feed.cores) askOnly(core, (key) => this.#siblings.has(key));
    this.#siblings.carry(id, feed.cores);
    this.#feeds.add(feed);
    await this.#check(feed, recorded);
  }

  // One statement: buyers are told of all cores of a feed or of none, and of two seeders one has them all.
  async #record(feedId: string, roles: Opened['roles']): Promise<RecordedCore[]> {
    const challenge = await challengeOf(this.#prisma, feedId);
    const data = Object.entries(roles).map(([role, core]) => ({
      feedId,
      role,
      key: Uint8Array.from(core.key),
      discoveryKey: Uint8Array.from(core.discoveryKey),
      ...proveWriter(core, { market: this.#market, feedId, challenge }),
    }));
    await this.#prisma.feedCore.createMany({ data, skipDuplicates: true });
    return this.#prisma.feedCore.findMany({ where: { feedId }, select: RECORDED });
  }

  async #copy(row: HostedFeed): Promise<void> {
    const { id, kind, mode, cores } = row;
    const seal = await this.#seals.of(row);
    this.#copied.add(id);
    const isSibling = (key: Uint8Array) => this.#siblings.has(key);
    const copy = new Copy(
      this.#store,
      { id, kind, origin: 'hosted', mode, cores, seal },
      isSibling,
    );
    const log = this.#log.child({ feedId: id });
    const oninvalid = (error: Error) =>
      log.warn({ err: error }, 'a block of this feed is not valid');
    await copy.open(oninvalid, () => {
      log.error('its writer has signed two histories of this feed: it is served no more');
      this.#feeds.remove(id);
    });
    this.#siblings.carry(id, copy.cores);
    log.info('another seeder writes this feed: it is copied');
    void this.#serve(copy, log);
  }

  // A Hyperdrive's first block may be long in coming; others do not wait for it.
  async #serve(copy: Copy, log: Logger): Promise<void> {
    try {
      const feed = await copy.feed();
      if (feed && copy.fault !== 'conflict') this.#feeds.add(feed);
      else if (copy.fault) log.error({ fault: copy.fault }, 'this feed is not served');
    } catch (error) {
      log.error({ err: error }, 'this feed is not served');
    }
  }
}

/** Whether the store's primary key makes the writer of a feed, told without opening it. */
async function isWrittenBy(store: Corestore, { id, kind, cores }: HostedFeed): Promise<boolean> {
  const isDrive = kind === 'hyperdrive';
  const scope = isDrive ? store.namespace(id) : store;
  const { publicKey } = await scope.createKeyPair(isDrive ? FILES_NAME : id);
  const key = Hypercore.key({ version: 1, signers: [{ publicKey }] });
  return cores.some(({ role, key: recorded }) => role !== 'blobs' && key.equals(recorded));
}

/** Opens or makes what a hosted feed is written with; its keys follow from the store and the feed's id. */
export async function openWriter(
  store: Corestore,
  feedId: string,
  kind: FeedKind,
  seal: FeedSeal | null,
  isUnique = false,
): Promise<Opened> {
  if (kind === 'autobase') throw new Error(`the Autobase ${feedId} has no writer here`);
  if (kind === 'hyperdrive') return openDrive(store, feedId, seal);
  const scope = seal ? sealedStore(store, seal.encryption) : store;
  const core = scope.get({ name: feedId });
  await core.ready();
  const feed = {
    id: feedId,
    origin: 'hosted',
    isWriter: true,
    core,
    cores: [core],
    seal,
    isUnique,
    roles: { data: core },
  } as const;
  if (kind === 'hypercore') return { ...feed, kind };
  const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'json' });
  await bee.ready();
  return { ...feed, kind, bee };
}

async function openDrive(store: Corestore, feedId: string, seal: FeedSeal | null): Promise<Opened> {
  const scope = store.namespace(feedId);
  const drive = new Hyperdrive(seal ? sealedStore(scope, seal.encryption) : scope);
  await drive.ready();
  const { core } = drive;
  const { core: blobs } = await drive.getBlobs();
  return {
    id: feedId,
    origin: 'hosted',
    isWriter: true,
    kind: 'hyperdrive',
    core,
    cores: [core, blobs],
    seal,
    isUnique: false,
    roles: { files: core, blobs },
    drive,
    blobs,
  };
}

async function closeWriter(feed: Feed): Promise<void> {
  if (feed.kind === 'hyperdrive') await feed.drive.close();
  else await feed.core.close();
}
