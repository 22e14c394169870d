import type Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type Hyperdrive from 'hyperdrive';

interface Base {
  readonly id: string;
  /** Whose machine writes it: one of the market's seeders, or the seller's. */
  readonly origin: 'hosted' | 'mirrored';
  /** Whether it is written here; else it is a copy, of which some blocks may be known and still on their way. */
  readonly isWriter: boolean;
  /** The core that the feed is found by; of a Hyperdrive the one of its files. */
  readonly core: Hypercore;
  /** All of its cores: a peer is served either every one of them or none. */
  readonly cores: readonly Hypercore[];
}

/** A feed whose cores are ready, in the shape that its kind gives them. */
export type Feed = Base &
  (
    | { readonly kind: 'hypercore' }
    | { readonly kind: 'hyperbee'; readonly bee: Hyperbee }
    | { readonly kind: 'hyperdrive'; readonly drive: Hyperdrive; readonly blobs: Hypercore }
  );

/** What a core is to its feed: `data`, or of a Hyperdrive `files` and `blobs`. */
export function roleOf(feed: Feed, core: Hypercore): string {
  if (feed.kind !== 'hyperdrive') return 'data';
  return core === feed.blobs ? 'blobs' : 'files';
}

/** The feeds that this seeder can serve, hosted and mirrored. */
export class Feeds {
  readonly #onopen: (feed: Feed) => void;
  readonly #onremove: (feed: Feed) => void;
  readonly #feeds = new Map<string, Feed>();

  /** @param onopen called once for each feed that is added, and `onremove` for one that may be served no more. */
  constructor(onopen: (feed: Feed) => void, onremove: (feed: Feed) => void) {
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

  /** Makes a feed servable, once its cores are ready and recorded. */
  add(feed: Feed): void {
    this.#feeds.set(feed.id, feed);
    this.#onopen(feed);
  }

  /** Ends the serving of a feed, for everybody. */
  remove(feedId: string): void {
    const feed = this.#feeds.get(feedId);
    if (!feed) return;
    this.#feeds.delete(feedId);
    this.#onremove(feed);
  }
}
