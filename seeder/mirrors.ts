import type Corestore from 'corestore';
import type Hypercore from 'hypercore';
import type { Connection } from 'hyperdht';
import type { Logger } from 'pino';
import Protomux from 'protomux';
import type { PrismaClient } from '../prisma/client/client.ts';
import { SealError } from '../protocol/seal-error.ts';
import type { Autobases } from './autobases.ts';
import type { Feeds } from './feeds.ts';
import { idOf } from './key-id.ts';
import { Mirror, type MirroredFeed } from './mirror.ts';
import { recordCopies } from './record-copies.ts';
import { recordSamples } from './record-samples.ts';
import type { Seals } from './seals.ts';
import type { Siblings } from './siblings.ts';

const SEEN_EVERY_MS = 10_000;

interface Followed {
  readonly mirror: Mirror;
  readonly sourceId: string;
  /** The epoch of the newest block that the server was given to try seeds on. */
  sampledEpoch: number;
  /** What was recorded last, and when. */
  recorded: string;
  recordedAtMs: number;
}

/**
 * Follows the machines of sellers who hold their writers themselves. A connection that is authenticated with a seller's
 * peer key carries all feeds that he proved to be his, and no others.
 */
export class Mirrors {
  readonly #prisma: PrismaClient;
  readonly #store: Corestore;
  readonly #log: Logger;
  readonly #feeds: Feeds;
  readonly #siblings: Pick<Siblings, 'has' | 'carry' | 'drop'>;
  readonly #autobases: Pick<Autobases, 'watch' | 'forget'>;
  readonly #seals: Seals;
  readonly #followed = new Map<string, Followed>();
  readonly #bySource = new Map<string, Set<Mirror>>();
  readonly #locked = new Set<Mirror>();
  readonly #streams = new Map<string, Set<Protomux>>();

  constructor(
    prisma: PrismaClient,
    store: Corestore,
    log: Logger,
    feeds: Feeds,
    siblings: Pick<Siblings, 'has' | 'carry' | 'drop'>,
    autobases: Pick<Autobases, 'watch' | 'forget'>,
    seals: Seals,
  ) {
    this.#autobases = autobases;
    this.#prisma = prisma;
    this.#store = store;
    this.#log = log;
    this.#feeds = feeds;
    this.#siblings = siblings;
    this.#seals = seals;
  }

  /** Whether a feed is fetched from the machine with this Noise key. */
  isSource(key: Uint8Array): boolean {
    return this.#bySource.has(idOf(key));
  }

  /** The machine that a feed is fetched from; null for a hosted one. */
  sourceOf(feedId: string): Buffer | null {
    const followed = this.#followed.get(feedId);
    return followed ? Buffer.from(followed.sourceId, 'hex') : null;
  }

  /** Takes a stream; whoever is no source is not touched. */
  onconnection(connection: Connection): void {
    const id = idOf(connection.remotePublicKey);
    const mux = Protomux.from(connection);
    const streams = this.#streams.get(id) ?? new Set();
    this.#streams.set(id, streams.add(mux));
    connection.on('close', () => {
      streams.delete(mux);
      if (streams.size === 0 && this.#streams.get(id) === streams) this.#streams.delete(id);
    });
    for (const mirror of this.#bySource.get(id) ?? []) mirror.attachTo(mux);
  }

  /** Follows every feed that was proved since, and calls the machines that are not connected. */
  async step(dial: (peerKey: Buffer) => void): Promise<void> {
    await this.#seals.step();
    for (const followed of this.#followed.values()) await this.#trySeeds(followed);
    const rows = await this.#prisma.feed.findMany({
      where: { origin: 'mirrored', provedAt: { not: null } },
      include: { cores: { select: { role: true, key: true } } },
    });
    for (const row of rows) if (row.kind === 'autobase') await this.#keepUp(row);
    for (const row of rows) {
      if (this.#followed.has(row.id) || row.sourceFault === 'conflict') continue;
      await this.#follow({ ...row, peerKey: row.peerKey!, seal: await this.#seals.of(row) });
    }
    // What its seller has to hand over first may have come.
    for (const mirror of this.#locked) {
      void this.#serve(mirror, this.#log.child({ feedId: mirror.id }));
    }
    for (const [id, mirrors] of this.#bySource) {
      const streams = this.#streams.get(id) ?? [];
      // A grant of the seller's own that ended has taken his feed off his stream.
      for (const mux of streams) for (const mirror of mirrors) mirror.attachTo(mux);
      if (!this.#streams.has(id)) dial(Buffer.from(id, 'hex'));
    }
  }

  /** Tries what was handed over on what has come, and writes down how far the copies are, as far as that has changed. */
  async record(): Promise<void> {
    for (const followed of this.#followed.values()) await this.#trySeeds(followed);
    const changed = [...this.#followed.values()].flatMap((followed) => {
      const state = followed.mirror.state();
      const text = JSON.stringify(state);
      const isSame = text === followed.recorded;
      const isRecent = performance.now() - followed.recordedAtMs < SEEN_EVERY_MS;
      return isSame && (isRecent || !state.connected) ? [] : [{ followed, state, text }];
    });
    if (changed.length === 0) return;
    await recordCopies(
      this.#prisma,
      changed.map(({ state }) => state),
    );
    for (const { followed, text } of changed) {
      followed.recorded = text;
      followed.recordedAtMs = performance.now();
    }
  }

  async #trySeeds(followed: Followed): Promise<void> {
    const { mirror } = followed;
    const { hasWrongSeeds: was } = mirror;
    const newest = await mirror.trySeeds();
    if (!newest) return;
    if (mirror.hasWrongSeeds && !was)
      this.#log.error({ feedId: mirror.id }, 'what was handed over does not open this feed');
    if (newest.epoch === followed.sampledEpoch) return;
    await recordSamples(this.#prisma, mirror, newest);
    followed.sampledEpoch = newest.epoch;
  }

  async #follow(row: MirroredFeed): Promise<void> {
    const mirror = new Mirror(this.#store, row, (key) => this.#siblings.has(key));
    const log = this.#log.child({ feedId: row.id });
    const oninvalid = (error: Error) =>
      log.warn({ err: error }, 'a block of this feed is not valid');
    await mirror.open(oninvalid, () => {
      log.error('the seller has signed two histories of this feed: it is served no more');
      this.#feeds.remove(row.id);
    });
    this.#siblings.carry(row.id, mirror.cores);
    if (row.kind === 'autobase') this.#autobases.watch(mirror);
    const sourceId = idOf(row.peerKey);
    const nothing = { sampledEpoch: -1, recorded: '', recordedAtMs: 0 };
    const followed = { mirror, sourceId, ...nothing };
    this.#followed.set(row.id, followed);
    await this.#trySeeds(followed);
    const mirrors = this.#bySource.get(sourceId) ?? new Set();
    this.#bySource.set(sourceId, mirrors.add(mirror));
    for (const mux of this.#streams.get(sourceId) ?? []) mirror.attachTo(mux);
    void this.#serve(mirror, log);
  }

  /** Takes on the cores that an Autobase has by now. One that has lost a core, to whoever proved it, is followed anew. */
  async #keepUp({ id, cores }: Pick<MirroredFeed, 'id' | 'cores'>): Promise<void> {
    const mirror = this.#followed.get(id)?.mirror;
    if (!mirror || mirror.fault === 'conflict') return;
    const isListed = ({ key }: Hypercore) => cores.some((row) => key.equals(row.key));
    if (!mirror.cores.every(isListed)) return this.#unfollow(id);
    if (!(await mirror.grow(cores))) return;
    this.#siblings.carry(id, mirror.cores);
    await this.#serve(mirror, this.#log.child({ feedId: id }));
  }

  async #unfollow(id: string): Promise<void> {
    const { mirror, sourceId } = this.#followed.get(id)!;
    this.#log.error({ feedId: id }, 'a core of this feed was proved to be of another');
    this.#feeds.remove(id);
    this.#siblings.drop(id);
    await this.#autobases.forget(id);
    this.#followed.delete(id);
    this.#bySource.get(sourceId)?.delete(mirror);
    await mirror.close();
  }

  // A Hyperdrive's first block may be long in coming; others do not wait for it.
  async #serve(mirror: Mirror, log: Logger): Promise<void> {
    try {
      const feed = await mirror.feed();
      this.#locked.delete(mirror);
      if (feed && mirror.fault !== 'conflict') this.#feeds.add(feed);
      else if (mirror.fault) log.error({ fault: mirror.fault }, 'this feed is not served');
    } catch (error) {
      if (this.#locked.has(mirror)) return;
      if (error instanceof SealError) this.#locked.add(mirror);
      log.error({ err: error }, 'this feed is not served');
    }
  }
}
