import type Hypercore from 'hypercore';
import type { Connection } from 'hyperdht';
import Protomux from 'protomux';
import type { EpochRange } from '../domain/epoch.ts';
import { tell } from '../ports/measures.ts';
import type { DazaarChannel } from '../protocol/channel.ts';
import type { Invalid, Subscribe, Valid } from '../protocol/messages.ts';
import { attach, detach } from './attachment.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import type { FeedSeal } from './feed-seal.ts';
import { PeerChannel } from './peer-channel.ts';
import { RateLimit } from './rate-limit.ts';

const SUBSCRIBES_PER_SECOND = 20;
const SUBSCRIBES_BURST = 200;
const MAX_WAITING = 1_000;
// A peer that vanished without a word is let go after missing several of its 5 s keepalives.
const SILENCE_MS = 30_000;

/** Why access ended. */
export type EndReason = Extract<Invalid['reason'], 'expired' | 'revoked'>;

/**
 * One right to replicate: a buyer key (32 bytes), a feed, its end by the gate's clock (ms, null: none), the first block
 * that it opens, and how many machines may use it at once (null: as many as the gate allows).
 */
export interface GateGrant {
  buyerKey: Uint8Array;
  feedId: string;
  expiresAtMs: number | null;
  fromBlock: number;
  maxConnections: number | null;
}

/** A core of a feed, and what it is there: `data`, or of a Hyperdrive `files` and `blobs`. */
export interface ServedCore {
  readonly role: string;
  readonly core: Hypercore;
}

/** A live grant, as whoever serves its holder by other means than a stream holds on to it. */
export interface Lease {
  /** By the gate's clock, null: none; it moves when the grant is extended. */
  readonly expiresAtMs: number | null;
  /** Whether the grant goes on at this very instant: to be asked ahead of every block. */
  readonly isLive: boolean;
  /** Lets go of it; its end is not told any more. */
  release(): void;
}

type OnEnd = (reason: EndReason) => void;

interface LiveGrant {
  readonly buyer: Buyer;
  readonly feedId: string;
  readonly leases: Set<OnEnd>;
  expiresAtMs: number | null;
  fromBlock: number;
  heapIndex: number;
  /** The epochs of a sealed feed that all connections of its holder were given the keys of. */
  given: string;
}

interface Peer {
  readonly mux: Protomux;
  readonly subscribes: RateLimit;
  /** Feeds asked about while the gate knew nothing yet. */
  readonly waiting: Set<string>;
  readonly channel: DazaarChannel | null;
}

interface Buyer {
  readonly id: string;
  readonly grants: Map<string, LiveGrant>;
  readonly peers: Set<Peer>;
}

/**
 * Decides, per connection and core, who is served: a core is on a peer's stream only while the key which that stream
 * is authenticated with holds a live grant for the feed. Knows nothing of databases; told grants, it ends them itself.
 */
export class Gate {
  readonly #nowMs: () => number;
  readonly #buyers = new Map<string, Buyer>();
  readonly #cores = new Map<string, readonly ServedCore[]>();
  readonly #seals = new Map<string, FeedSeal>();
  readonly #grantsByFeed = new Map<string, Set<LiveGrant>>();
  readonly #expiries: ExpiryTimer<LiveGrant>;
  #holdsAnswers = false;

  /** @param nowMs the time grants are judged by, in ms since the epoch. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#expiries = new ExpiryTimer(nowMs, (grant, lateMs) => {
      this.#end(grant, 'expired');
      tell('expired', { seconds: lateMs / 1000 });
    });
  }

  /** Answers nobody until the first {@link replace}: to somebody who has paid, "no grant" would be a lie. */
  holdAnswers(): void {
    this.#holdsAnswers = true;
  }

  /** Whether the gate knows the grants. */
  get ready(): boolean {
    return !this.#holdsAnswers;
  }

  /** How many grants are live. */
  get size(): number {
    let size = 0;
    for (const grants of this.#grantsByFeed.values()) size += grants.size;
    return size;
  }

  /** How many buyers are connected of those who are served a feed, by feed; a key with two connections is one buyer. */
  get audience(): Map<string, number> {
    const audience = new Map<string, number>();
    for (const feedId of this.#cores.keys()) {
      const grants = [...(this.#grantsByFeed.get(feedId) ?? [])];
      const connected = grants.filter(({ buyer }) => buyer.peers.size > 0).length;
      if (connected > 0) audience.set(feedId, connected);
    }
    return audience;
  }

  /** Whether this key may replicate anything now. */
  admits(buyerKey: Uint8Array): boolean {
    return (this.#buyers.get(idOf(buyerKey))?.grants.size ?? 0) > 0;
  }

  /** Whether this key may replicate the feed now. */
  grants(buyerKey: Uint8Array, feedId: string): boolean {
    const grant = this.#buyers.get(idOf(buyerKey))?.grants.get(feedId);
    return grant !== undefined && !this.#isOver(grant);
  }

  /**
   * Holds on to the key's grant for the feed, if it has one now.
   *
   * @param onEnd called once, in the instant in which the grant ends
   */
  lease(buyerKey: Uint8Array, feedId: string, onEnd: OnEnd): Lease | null {
    const grant = this.#buyers.get(idOf(buyerKey))?.grants.get(feedId);
    if (!grant || this.#isOver(grant)) return null;
    const told: OnEnd = (reason) => onEnd(reason);
    grant.leases.add(told);
    const isLive = () => grant.leases.has(told) && !this.#isOver(grant);
    return {
      get expiresAtMs() {
        return grant.expiresAtMs;
      },
      get isLive() {
        return isLive();
      },
      release: () => void grant.leases.delete(told),
    };
  }

  /** Makes a feed servable by naming its ready cores, and what they are sealed with; peers granted it before are served from now on. */
  setCores(feedId: string, cores: readonly ServedCore[], seal: FeedSeal | null = null): void {
    this.#cores.set(feedId, cores);
    if (seal) this.#seals.set(feedId, seal);
    for (const grant of this.#grantsByFeed.get(feedId) ?? []) {
      for (const peer of grant.buyer.peers) this.#admit(peer, grant);
    }
  }

  /** Serves a feed to nobody any more, whatever was granted. */
  removeCores(feedId: string): void {
    for (const grant of this.#grantsByFeed.get(feedId) ?? []) this.#cut(grant);
    this.#cores.delete(feedId);
    this.#seals.delete(feedId);
  }

  /** Gives connected buyers of sealed feeds the keys of the epochs that have come into reach since. */
  renewSeals(): void {
    for (const [feedId, seal] of this.#seals) {
      for (const grant of this.#grantsByFeed.get(feedId) ?? []) this.#renew(grant, seal);
    }
  }

  /** Lets the key replicate the feed until then; for a grant that is live already, moves its end without a break. */
  grant({ buyerKey, feedId, expiresAtMs, fromBlock }: GateGrant): void {
    if (expiresAtMs !== null && expiresAtMs <= this.#nowMs()) {
      this.revoke(buyerKey, feedId, 'expired');
      return;
    }
    const buyer = this.#buyer(idOf(buyerKey));
    const known = buyer.grants.get(feedId);
    if (known?.expiresAtMs === expiresAtMs && known.fromBlock === fromBlock) return;
    const grant = known ?? this.#add(buyer, feedId);
    Object.assign(grant, { expiresAtMs, fromBlock });
    this.#expiries.place(grant);
    for (const peer of buyer.peers) this.#admit(peer, grant);
  }

  /** Ends the key's access to the feed at once, on every connection of that key; others go on. */
  revoke(buyerKey: Uint8Array, feedId: string, reason: EndReason): void {
    const grant = this.#buyers.get(idOf(buyerKey))?.grants.get(feedId);
    if (grant) this.#end(grant, reason);
  }

  /** Replaces everything known by this list: what is not on it ends. */
  replace(grants: readonly GateGrant[]): void {
    const listed = new Set(grants.map((grant) => `${idOf(grant.buyerKey)} ${grant.feedId}`));
    for (const buyer of [...this.#buyers.values()]) {
      for (const grant of [...buyer.grants.values()]) {
        if (!listed.has(`${buyer.id} ${grant.feedId}`)) this.#end(grant, this.#reasonNow(grant));
      }
    }
    for (const grant of grants) this.grant(grant);
    if (this.#holdsAnswers) this.#releaseAnswers();
  }

  /** Takes a peer's stream into the gate's care; serves what its key holds grants for, now and as that changes. */
  onconnection(connection: Connection, channel = new PeerChannel(connection)): void {
    connection.on('error', noop);
    connection.setTimeout(SILENCE_MS);
    const mux = Protomux.from(connection);
    const buyer = this.#buyer(idOf(connection.remotePublicKey));
    const subscribes = new RateLimit(SUBSCRIBES_PER_SECOND, SUBSCRIBES_BURST);
    const peer: Peer = { mux, subscribes, waiting: new Set(), channel: channel.say };
    buyer.peers.add(peer);
    connection.on('close', () => this.#leave(buyer, peer));
    channel.listen({ onsubscribe: (message) => this.#answer(buyer, peer, message) });
    for (const grant of buyer.grants.values()) this.#admit(peer, grant);
  }

  /** Ends what is due; to be called when the clock was corrected. */
  tick(): void {
    this.#expiries.tick();
  }

  /** Cuts everybody and stops the timer. */
  close(): void {
    this.#expiries.close();
    for (const buyer of this.#buyers.values()) {
      for (const grant of buyer.grants.values()) this.#cut(grant);
    }
    this.#buyers.clear();
    this.#grantsByFeed.clear();
  }

  #admit(peer: Peer, grant: LiveGrant): void {
    const cores = this.#cores.get(grant.feedId);
    if (!cores) return;
    peer.channel?.valid(this.#valid(grant, cores));
    for (const { core } of cores) attach(core, peer.mux);
  }

  #end(grant: LiveGrant, reason: EndReason): void {
    const { buyer, feedId } = grant;
    this.#expiries.remove(grant);
    buyer.grants.delete(feedId);
    this.#forgetInFeed(grant);
    this.#cut(grant);
    for (const peer of buyer.peers) peer.channel?.invalid({ feedId, reason, plans: null });
    const leases = [...grant.leases];
    grant.leases.clear();
    for (const onEnd of leases) onEnd(reason);
    this.#forgetIfEmpty(buyer);
  }

  #cut(grant: LiveGrant): void {
    for (const { core } of this.#cores.get(grant.feedId) ?? []) {
      for (const peer of grant.buyer.peers) detach(core, peer.mux);
    }
  }

  #answer(buyer: Buyer, peer: Peer, { feedId }: Subscribe): void {
    if (!peer.subscribes.take(performance.now())) peer.channel?.close();
    else if (!this.#holdsAnswers) this.#tell(buyer, peer, feedId);
    else if (peer.waiting.size < MAX_WAITING) peer.waiting.add(feedId);
  }

  #tell(buyer: Buyer, peer: Peer, feedId: string): void {
    const grant = buyer.grants.get(feedId);
    const cores = this.#cores.get(feedId);
    if (!grant) peer.channel?.invalid({ feedId, reason: 'no-grant', plans: null });
    else if (cores) peer.channel?.valid(this.#valid(grant, cores));
  }

  #releaseAnswers(): void {
    this.#holdsAnswers = false;
    for (const buyer of this.#buyers.values()) {
      for (const peer of buyer.peers) {
        for (const feedId of peer.waiting) this.#tell(buyer, peer, feedId);
        peer.waiting.clear();
      }
    }
  }

  #valid(grant: LiveGrant, cores: readonly ServedCore[]): Valid {
    const nowMs = Math.round(this.#nowMs());
    const { feedId, expiresAtMs } = grant;
    return {
      feedId,
      cores: cores.map(({ role, core }) => ({ role, key: core.key.toString('hex'), fromBlock: 0 })),
      expiresAtMs,
      leftMs: expiresAtMs === null ? null : Math.max(0, expiresAtMs - nowMs),
      maxConnections: null,
      ...this.#give(grant, cores),
      nowMs,
    };
  }

  #renew(grant: LiveGrant, seal: FeedSeal): void {
    if (grant.buyer.peers.size === 0) return;
    const cores = this.#cores.get(grant.feedId)!;
    const epochs = textOf(this.#opens(grant, seal, cores));
    if (epochs === grant.given) return;
    grant.given = epochs;
    const valid = this.#valid(grant, cores);
    for (const peer of grant.buyer.peers) peer.channel?.valid(valid);
  }

  #give(grant: LiveGrant, cores: readonly ServedCore[]): Pick<Valid, 'seal'> {
    const seal = this.#seals.get(grant.feedId);
    if (!seal) return {};
    const epochs = this.#opens(grant, seal, cores);
    return { seal: epochs ? seal.give(epochs) : { epochMs: seal.epochMs, seeds: [] } };
  }

  #opens(grant: LiveGrant, seal: FeedSeal, [first]: readonly ServedCore[]): EpochRange | null {
    return seal.opens(grant, first!.core, this.#nowMs());
  }

  #reasonNow(grant: LiveGrant): EndReason {
    return this.#isOver(grant) ? 'expired' : 'revoked';
  }

  #isOver({ expiresAtMs }: LiveGrant): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#nowMs();
  }

  #leave(buyer: Buyer, peer: Peer): void {
    buyer.peers.delete(peer);
    this.#forgetIfEmpty(buyer);
  }

  #buyer(id: string): Buyer {
    const known = this.#buyers.get(id);
    if (known) return known;
    const buyer: Buyer = { id, grants: new Map(), peers: new Set() };
    this.#buyers.set(id, buyer);
    return buyer;
  }

  #forgetIfEmpty(buyer: Buyer): void {
    if (buyer.grants.size > 0 || buyer.peers.size > 0) return;
    if (this.#buyers.get(buyer.id) === buyer) this.#buyers.delete(buyer.id);
  }

  #add(buyer: Buyer, feedId: string): LiveGrant {
    const leases = new Set<OnEnd>();
    const nothing = { expiresAtMs: null, fromBlock: 0, heapIndex: -1, given: '' };
    const grant: LiveGrant = { buyer, feedId, leases, ...nothing };
    buyer.grants.set(feedId, grant);
    const ofFeed = this.#grantsByFeed.get(feedId);
    if (ofFeed) ofFeed.add(grant);
    else this.#grantsByFeed.set(feedId, new Set([grant]));
    return grant;
  }

  #forgetInFeed(grant: LiveGrant): void {
    const ofFeed = this.#grantsByFeed.get(grant.feedId);
    ofFeed?.delete(grant);
    if (ofFeed?.size === 0) this.#grantsByFeed.delete(grant.feedId);
  }
}

function noop(): void {}

function textOf(epochs: EpochRange | null): string {
  return epochs ? `${epochs.first}-${epochs.last}` : '';
}

function idOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex');
}
