import type { GatePeer } from './gate-peer.ts';
import type { Seats } from './seats.ts';

/** Why access ended. */
export type EndReason = 'expired' | 'revoked';

/** Told once, in the instant in which access ends. */
export type OnEnd = (reason: EndReason) => void;

/** What a key may replicate of a feed: until when by the gate's clock (ms, null: no end), from which block, and how many
 * machines at once (null: as many as the gate allows). */
export interface Access {
  expiresAtMs: number | null;
  fromBlock: number;
  maxConnections: number | null;
}

export const WHOLE: Access = { expiresAtMs: null, fromBlock: 0, maxConnections: null };

/** A grant that goes on. */
export interface LiveGrant extends Access {
  readonly buyer: Buyer;
  readonly feedId: string;
  readonly leases: Set<OnEnd>;
  readonly seats: Seats<GatePeer>;
  heapIndex: number;
  /** The epochs of a sealed feed that all connections of its holder were given the keys of. */
  given: string;
}

/** A key that is connected, or holds grants. */
export interface Buyer {
  /** The key in hexadecimal. */
  readonly id: string;
  readonly grants: Map<string, LiveGrant>;
  readonly peers: Set<GatePeer>;
}

/** Who holds which grant, by key and by feed. */
export class GrantBook {
  readonly #buyers = new Map<string, Buyer>();
  readonly #byFeed = new Map<string, Set<LiveGrant>>();

  /** How many grants there are. */
  get size(): number {
    let size = 0;
    for (const grants of this.#byFeed.values()) size += grants.size;
    return size;
  }

  /** All buyers, as they are now. */
  get buyers(): Buyer[] {
    return [...this.#buyers.values()];
  }

  /** All connections, as they are now. */
  get peers(): GatePeer[] {
    return this.buyers.flatMap(({ peers }) => [...peers]);
  }

  /** The buyer with this key, in hexadecimal, who becomes one if he is none yet. */
  buyer(id: string): Buyer {
    const known = this.#buyers.get(id);
    if (known) return known;
    const buyer: Buyer = { id, grants: new Map(), peers: new Set() };
    this.#buyers.set(id, buyer);
    return buyer;
  }

  /** How many grants a key holds. */
  countOf(id: string): number {
    return this.#buyers.get(id)?.grants.size ?? 0;
  }

  find(id: string, feedId: string): LiveGrant | undefined {
    return this.#buyers.get(id)?.grants.get(feedId);
  }

  /** The grants of a feed. */
  of(feedId: string): Iterable<LiveGrant> {
    return this.#byFeed.get(feedId) ?? [];
  }

  add(buyer: Buyer, feedId: string, seats: Seats<GatePeer>): LiveGrant {
    const nothing = { ...WHOLE, heapIndex: -1, given: '' };
    const grant = { buyer, feedId, leases: new Set<OnEnd>(), seats, ...nothing };
    buyer.grants.set(feedId, grant);
    const ofFeed = this.#byFeed.get(feedId);
    if (ofFeed) ofFeed.add(grant);
    else this.#byFeed.set(feedId, new Set([grant]));
    return grant;
  }

  remove(grant: LiveGrant): void {
    const { buyer, feedId } = grant;
    buyer.grants.delete(feedId);
    const ofFeed = this.#byFeed.get(feedId);
    ofFeed?.delete(grant);
    if (ofFeed?.size === 0) this.#byFeed.delete(feedId);
  }

  /** Forgets a buyer who holds nothing and is not connected. */
  forgetIfEmpty(buyer: Buyer): void {
    if (buyer.grants.size > 0 || buyer.peers.size > 0) return;
    if (this.#buyers.get(buyer.id) === buyer) this.#buyers.delete(buyer.id);
  }

  clear(): void {
    this.#buyers.clear();
    this.#byFeed.clear();
  }
}
