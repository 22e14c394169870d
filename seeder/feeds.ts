import type Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type Hyperdrive from 'hyperdrive';
import type { FeedSeal } from './feed-seal.ts';

interface Base {
  readonly id: string;
  /** Whose machine writes it: one of the market's seeders, or the seller's. */
  readonly origin: 'hosted' | 'mirrored';
  /** Whether it is written here; else it is a copy, of which some blocks may be known and still on their way. */
  readonly isWriter: boolean;
  /** The core that the feed is found by; of a Hyperdrive the one of its files, of an Autobase the bootstrap. */
  readonly core: Hypercore;
  /** All of its cores: a peer is served either every one of them or none. */
  readonly cores: readonly Hypercore[];
  /** What its blocks are sealed with; null when it is open. */
  readonly seal: FeedSeal | null;
  /** Whether each buyer is served a copy of his own. */
  readonly isUnique: boolean;
}

/** A feed whose cores are ready, in the shape that its kind gives them. */
export type Feed = Base &
  (
    | { readonly kind: 'hypercore' }
    | { readonly kind: 'hyperbee'; readonly bee: Hyperbee }
    | { readonly kind: 'hyperdrive'; readonly drive: Hyperdrive; readonly blobs: Hypercore }
    | {
        readonly kind: 'autobase';
        /** What each of its cores is there. */
        readonly roles: ReadonlyMap<Hypercore, string>;
        /** What its writers' blocks come to; null until the first of it is signed. */
        readonly view: Hypercore | null;
      }
  );

/** What a core is to its feed: `data`, of a Hyperdrive `files` and `blobs`; more of an Autobase, see read-autobase. */
export function roleOf(feed: Feed, core: Hypercore): string {
  if (feed.kind === 'autobase') return feed.roles.get(core)!;
  if (feed.kind !== 'hyperdrive') return 'data';
  return core === feed.blobs ? 'blobs' : 'files';
}

/** The feeds that this seeder can serve, hosted and mirrored. */
export class Feeds {
  readonly #onopen: (feed: Feed, fresh: readonly Hypercore[]) => void;
  readonly #onremove: (feed: Feed) => void;
  readonly #feeds = new Map<string, Feed>();

  /**
   * @param onopen called for each feed that is added, again when it has grown, with those of its cores that are new
   * @param onremove called for one that may be served no more
   */
  constructor(
    onopen: (feed: Feed, fresh: readonly Hypercore[]) => void,
    onremove: (feed: Feed) => void,
  ) {
    this.#onopen = onopen;
    this.#onremove = onremove;
  }

  /** The feed, if its cores are ready here. */
  feed(feedId: string): Feed | undefined {
    return this.#feeds.get(feedId);
  }

  /** How many there are. */
  get size(): number {
    return this.#feeds.size;
  }

  /** The ids of all of them. */
  get ids(): string[] {
    return [...this.#feeds.keys()];
  }

  /** The ids of the feeds that are written here. */
  get written(): string[] {
    return [...this.#feeds.values()].filter((feed) => feed.isWriter).map(({ id }) => id);
  }

  /** Makes a feed servable, once its cores are ready and recorded; one that is, with the cores that it has by now. */
  add(feed: Feed): void {
    const known = this.#feeds.get(feed.id)?.cores ?? [];
    this.#feeds.set(feed.id, feed);
    this.#onopen(
      feed,
      feed.cores.filter((core) => !known.includes(core)),
    );
  }

  /** Ends the serving of a feed, for everybody. */
  remove(feedId: string): void {
    const feed = this.#feeds.get(feedId);
    if (!feed) return;
    this.#feeds.delete(feedId);
    this.#onremove(feed);
  }
}
