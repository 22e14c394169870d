import type { KeyPair } from 'hypercore-crypto';
import type { Connection } from 'hyperdht';
import type { EpochRange } from '../domain/epoch.ts';
import { tell } from '../ports/measures.ts';
import type { Invalid, Valid } from '../protocol/messages.ts';
import { attach, detach, isOpen } from './attachment.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import type { FeedSeal } from './feed-seal.ts';
import { GatePeer } from './gate-peer.ts';
import {
  type Access,
  type Buyer,
  type EndReason,
  GrantBook,
  type LiveGrant,
  type OnEnd,
  WHOLE,
} from './grant-book.ts';
import { idOf } from './key-id.ts';
import { endAll, type Lease, leaseOf } from './lease.ts';
import { PeerChannel } from './peer-channel.ts';
import { Seats } from './seats.ts';
import type { ServedCore, StreamedCore } from './served-core.ts';
import { UniqueCopies } from './unique-copies.ts';

/** One right to replicate: of a buyer key (32 bytes), to a feed. */
export interface GateGrant extends Access {
  buyerKey: Uint8Array;
  feedId: string;
}

/** A feed that takes no grant: who is served it on asking. */
interface OpenFeed {
  readonly peers: Set<GatePeer>;
  readonly leases: Set<OnEnd>;
  /** As of a grant. */
  given: string;
}

/**
 * Decides, per connection and core, who is served: a core is on a peer's stream only while the key which that stream
 * is authenticated with holds a live grant for the feed, or the feed is open to anybody who asks. Knows nothing of
 * databases; told grants, it ends them itself.
 */
export class Gate {
  readonly #nowMs: () => number;
  readonly #book = new GrantBook();
  readonly #cores = new Map<string, readonly ServedCore[]>();
  readonly #seals = new Map<string, FeedSeal>();
  readonly #copies = new Map<string, UniqueCopies>();
  readonly #open = new Map<string, OpenFeed>();
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
    return this.#book.size;
  }

  /** How many buyers are connected of those who are served a feed, by feed; a key with two connections is one buyer. */
  get audience(): Map<string, number> {
    const audience = new Map<string, number>();
    for (const feedId of this.#cores.keys()) {
      const keys = new Set<string>();
      for (const { buyer, seats } of this.#book.of(feedId)) {
        if (seats.taken.size > 0) keys.add(buyer.id);
      }
      for (const { key } of this.#open.get(feedId)?.peers ?? []) keys.add(key);
      if (keys.size > 0) audience.set(feedId, keys.size);
    }
    return audience;
  }

  /** Whether this key may replicate anything now that not everybody may. */
  admits(buyerKey: Uint8Array): boolean {
    return this.#book.countOf(idOf(buyerKey)) > 0;
  }

  /** Whether this key was granted the feed, and is now. */
  grants(buyerKey: Uint8Array, feedId: string): boolean {
    const grant = this.#book.find(idOf(buyerKey), feedId);
    return grant !== undefined && !this.#isOver(grant);
  }

  /** Whether anybody may replicate the feed now. */
  isOpen(feedId: string): boolean {
    return this.#open.has(feedId);
  }

  /**
   * Holds on to the key's grant for the feed, if it has one now, or else to the feed's being open.
   *
   * @param buyerKey null: of nobody
   * @param onEnd called once, in the instant in which access ends
   */
  lease(buyerKey: Uint8Array | null, feedId: string, onEnd: OnEnd): Lease | null {
    const grant = buyerKey && this.#book.find(idOf(buyerKey), feedId);
    if (grant && !this.#isOver(grant)) {
      const leased = {
        leases: grant.leases,
        expiresAtMs: () => grant.expiresAtMs,
        fromBlock: () => this.#fromBlock(grant),
        isOver: () => this.#isOver(grant),
      };
      return leaseOf(leased, onEnd);
    }
    const open = this.#open.get(feedId);
    if (!open) return null;
    const { leases } = open;
    const whole = { leases, expiresAtMs: () => null, fromBlock: () => 0, isOver: () => false };
    return leaseOf(whole, onEnd);
  }

  /**
   * Takes a place for an answer over HTTP among the machines that the key's grant serves at once; whatever is read
   * without a grant needs none.
   *
   * @param address which counts as one machine, and as that of a connection that comes from it
   * @param onend called when the place is taken back
   * @returns what gives the place up; null when other machines have all of them
   */
  seat(
    buyerKey: Uint8Array,
    feedId: string,
    address: string,
    onend: () => void,
  ): (() => void) | null {
    const grant = this.#book.find(idOf(buyerKey), feedId);
    if (!grant) return noop;
    const { buyer, seats } = grant;
    const limit = this.#open.has(feedId) ? Number.POSITIVE_INFINITY : limitOf(grant);
    const yielding = seats.read(address, onend, limit);
    if (yielding) this.#unseat(grant, yielding);
    if (!seats.isRead(address, onend)) return null;
    return () => {
      seats.close(address, onend);
      if (buyer.grants.get(feedId) === grant) this.#fill(grant);
    };
  }

  /**
   * Makes a feed servable by naming its ready cores; peers granted it before are served from now on.
   *
   * @param seal what they are sealed with
   * @param copySigner what signs the copy that each buyer is served instead; null: all are served the cores themselves
   */
  setCores(
    feedId: string,
    cores: readonly ServedCore[],
    seal: FeedSeal | null = null,
    copySigner: KeyPair | null = null,
  ): void {
    this.#cores.set(feedId, cores);
    if (seal) this.#seals.set(feedId, seal);
    if (copySigner) this.#copies.set(feedId, new UniqueCopies(cores, copySigner));
    for (const grant of this.#book.of(feedId)) this.#serveAll(grant);
    for (const peer of this.#open.get(feedId)?.peers ?? []) this.#serveOpen(peer, feedId);
  }

  /** Serves a feed to nobody any more, whatever was granted. */
  removeCores(feedId: string): void {
    for (const grant of this.#book.of(feedId)) this.#cut(feedId, grant.seats.taken);
    this.#cut(feedId, this.#open.get(feedId)?.peers ?? []);
    this.#copies.get(feedId)?.close();
    this.#copies.delete(feedId);
    this.#cores.delete(feedId);
    this.#seals.delete(feedId);
  }

  /** Gives connected buyers of sealed feeds the keys of the epochs that have come into reach since. */
  renewSeals(): void {
    for (const [feedId, seal] of this.#seals) {
      for (const grant of this.#book.of(feedId)) {
        this.#renew(feedId, seal, grant, grant, grant.seats.taken);
      }
      const open = this.#open.get(feedId);
      if (open) this.#renew(feedId, seal, WHOLE, open, open.peers);
    }
  }

  /** Lets the key replicate the feed until then; for a grant that is live already, moves its end without a break. */
  grant({ buyerKey, feedId, ...wanted }: GateGrant): void {
    const { expiresAtMs, fromBlock, maxConnections } = wanted;
    if (expiresAtMs !== null && expiresAtMs <= this.#nowMs()) {
      this.revoke(buyerKey, feedId, 'expired');
      return;
    }
    const buyer = this.#book.buyer(idOf(buyerKey));
    const known = buyer.grants.get(feedId);
    if (known && isSame(known, wanted)) return;
    const grant = known ?? this.#add(buyer, feedId);
    // Whoever was told of blocks that he may not have any more is told anew.
    if (known && fromBlock > known.fromBlock) this.#cut(feedId, known.seats.taken);
    Object.assign(grant, { expiresAtMs, fromBlock, maxConnections });
    this.#expiries.place(grant);
    for (const peer of grant.seats.shrink(limitOf(grant))) this.#unseat(grant, peer);
    this.#serveAll(grant);
    this.#fill(grant);
  }

  /** Ends the key's access to the feed at once, on every connection of that key; others go on. */
  revoke(buyerKey: Uint8Array, feedId: string, reason: EndReason): void {
    const grant = this.#book.find(idOf(buyerKey), feedId);
    if (grant) this.#end(grant, reason);
  }

  /** Replaces everything known by this list: what is not on it ends. */
  replace(grants: readonly GateGrant[]): void {
    const listed = new Set(grants.map((grant) => `${idOf(grant.buyerKey)} ${grant.feedId}`));
    for (const buyer of this.#book.buyers) {
      for (const grant of [...buyer.grants.values()]) {
        if (!listed.has(`${buyer.id} ${grant.feedId}`)) this.#end(grant, this.#reasonNow(grant));
      }
    }
    for (const grant of grants) this.grant(grant);
    if (this.#holdsAnswers) this.#releaseAnswers();
  }

  /** Opens these feeds to anybody who asks for them, and closes all others. */
  openFeeds(feedIds: ReadonlySet<string>): void {
    for (const feedId of this.#open.keys()) if (!feedIds.has(feedId)) this.#close(feedId);
    for (const feedId of feedIds) {
      if (this.#open.has(feedId)) continue;
      this.#open.set(feedId, { peers: new Set(), leases: new Set(), given: '' });
      if (this.#holdsAnswers) continue;
      for (const peer of this.#book.peers) if (peer.wants(feedId)) this.#tell(peer, feedId);
    }
  }

  /** Takes a peer's stream into the gate's care; serves what its key holds grants for, now and as that changes. */
  onconnection(connection: Connection, channel = new PeerChannel(connection)): void {
    const buyer = this.#book.buyer(idOf(connection.remotePublicKey));
    const peer = new GatePeer(connection, channel, (feedId) => {
      if (!this.#holdsAnswers) this.#tell(peer, feedId);
    });
    buyer.peers.add(peer);
    connection.on('close', () => this.#leave(buyer, peer));
    for (const grant of buyer.grants.values()) {
      if (grant.seats.take(peer, limitOf(grant))) this.#serve(grant, peer);
    }
  }

  /** Ends what is due; to be called when the clock was corrected. */
  tick(): void {
    this.#expiries.tick();
  }

  /** Cuts everybody and stops the timer. */
  close(): void {
    this.#expiries.close();
    for (const feedId of [...this.#cores.keys()]) this.removeCores(feedId);
    this.#book.clear();
    this.#open.clear();
  }

  #serve(grant: LiveGrant, peer: GatePeer): void {
    const cores = this.#coresFor(peer, grant.feedId);
    if (!cores) return;
    peer.say?.valid(this.#valid(grant.feedId, cores, grant));
    for (const { core } of cores) attach(core, peer.mux, () => this.#fromBlock(grant));
  }

  /** What a peer is served of a feed: its cores, or the copies of them that are his. */
  #coresFor(peer: GatePeer, feedId: string): readonly ServedCore<StreamedCore>[] | undefined {
    return this.#copies.get(feedId)?.of(peer.key) ?? this.#cores.get(feedId);
  }

  #serveAll(grant: LiveGrant): void {
    for (const peer of grant.seats.taken) this.#serve(grant, peer);
  }

  #serveOpen(peer: GatePeer, feedId: string): void {
    const cores = this.#coresFor(peer, feedId);
    if (!cores) return;
    peer.say?.valid(this.#valid(feedId, cores, WHOLE));
    for (const { core } of cores) attach(core, peer.mux, () => 0);
  }

  /** Gives free seats to those who wait, first to those who asked. */
  #fill(grant: LiveGrant): void {
    const { buyer, feedId, seats } = grant;
    const waiting = [...buyer.peers].filter((peer) => !seats.taken.has(peer));
    waiting.sort((a, b) => Number(b.wants(feedId)) - Number(a.wants(feedId)));
    for (const peer of waiting) {
      if (!seats.take(peer, limitOf(grant))) return;
      this.#serve(grant, peer);
    }
  }

  #unseat({ feedId }: LiveGrant, peer: GatePeer): void {
    if (!this.#open.has(feedId)) this.#cut(feedId, [peer]);
    if (peer.wants(feedId)) invalid(peer, feedId, 'too-many-connections');
  }

  #end(grant: LiveGrant, reason: EndReason): void {
    const { buyer, feedId } = grant;
    this.#expiries.remove(grant);
    this.#book.remove(grant);
    this.#cut(feedId, grant.seats.taken);
    for (const peer of buyer.peers) {
      if (this.#open.has(feedId) && peer.wants(feedId)) this.#tell(peer, feedId);
      else invalid(peer, feedId, reason);
    }
    endAll(grant.leases, reason);
    this.#book.forgetIfEmpty(buyer);
  }

  #close(feedId: string): void {
    const { peers, leases } = this.#open.get(feedId)!;
    this.#open.delete(feedId);
    this.#cut(feedId, peers);
    endAll(leases, 'revoked');
    for (const peer of peers) {
      if (!this.#book.find(peer.key, feedId)) invalid(peer, feedId, 'revoked');
    }
    // Whoever has a grant of his own had all of it meanwhile, and has what was granted again.
    for (const grant of this.#book.of(feedId)) {
      this.#cut(feedId, grant.seats.taken);
      for (const peer of grant.seats.shrink(limitOf(grant))) this.#unseat(grant, peer);
      this.#serveAll(grant);
    }
  }

  #cut(feedId: string, peers: Iterable<GatePeer>): void {
    for (const peer of peers) {
      for (const { core } of this.#coresFor(peer, feedId) ?? []) detach(core, peer.mux);
    }
  }

  #tell(peer: GatePeer, feedId: string): void {
    const open = this.#open.get(feedId);
    const grant = this.#book.find(peer.key, feedId);
    if (open && peer.wants(feedId)) {
      open.peers.add(peer);
      this.#serveOpen(peer, feedId);
    } else if (grant) this.#claim(grant, peer);
    else invalid(peer, feedId, 'no-grant');
  }

  #claim(grant: LiveGrant, peer: GatePeer): void {
    const yielding = grant.seats.claim(peer, limitOf(grant));
    if (yielding) this.#unseat(grant, yielding);
    if (grant.seats.taken.has(peer)) this.#serve(grant, peer);
    else invalid(peer, grant.feedId, 'too-many-connections');
  }

  #releaseAnswers(): void {
    this.#holdsAnswers = false;
    for (const peer of this.#book.peers) for (const feedId of peer.wanted) this.#tell(peer, feedId);
  }

  #valid(feedId: string, cores: readonly ServedCore<StreamedCore>[], access: Access): Valid {
    const nowMs = Math.round(this.#nowMs());
    const { expiresAtMs, fromBlock, maxConnections } = access;
    return {
      feedId,
      cores: cores.map(({ role, core }) => ({ role, key: core.key.toString('hex'), fromBlock })),
      expiresAtMs,
      leftMs: expiresAtMs === null ? null : Math.max(0, expiresAtMs - nowMs),
      maxConnections,
      ...this.#give(feedId, access),
      nowMs,
    };
  }

  #renew(
    feedId: string,
    seal: FeedSeal,
    access: Access,
    to: { given: string },
    peers: ReadonlySet<GatePeer>,
  ): void {
    if (peers.size === 0) return;
    const cores = this.#cores.get(feedId)!;
    const epochs = `${seal.version} ${textOf(this.#opens(access, seal, cores))}`;
    if (epochs === to.given) return;
    to.given = epochs;
    const valid = this.#valid(feedId, cores, access);
    for (const { say } of peers) say?.valid(valid);
  }

  #give(feedId: string, access: Access): Pick<Valid, 'seal'> {
    const seal = this.#seals.get(feedId);
    if (!seal) return {};
    const epochs = this.#opens(access, seal, this.#cores.get(feedId)!);
    return { seal: epochs ? seal.give(epochs) : { epochMs: seal.epochMs, seeds: [] } };
  }

  #opens(access: Access, seal: FeedSeal, [first]: readonly ServedCore[]): EpochRange | null {
    return seal.opens(access, first!.core, this.#nowMs());
  }

  #fromBlock({ feedId, fromBlock }: LiveGrant): number {
    return this.#open.has(feedId) ? 0 : fromBlock;
  }

  #reasonNow(grant: LiveGrant): EndReason {
    return this.#isOver(grant) ? 'expired' : 'revoked';
  }

  #isOver({ expiresAtMs }: LiveGrant): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#nowMs();
  }

  #leave(buyer: Buyer, peer: GatePeer): void {
    buyer.peers.delete(peer);
    for (const feedId of peer.wanted) this.#open.get(feedId)?.peers.delete(peer);
    for (const grant of buyer.grants.values()) {
      grant.seats.leave(peer);
      this.#fill(grant);
    }
    if (buyer.peers.size === 0) for (const copies of this.#copies.values()) copies.drop(buyer.id);
    this.#book.forgetIfEmpty(buyer);
  }

  #add(buyer: Buyer, feedId: string): LiveGrant {
    const isReading = (peer: GatePeer) =>
      (this.#coresFor(peer, feedId) ?? []).some(({ core }) => isOpen(core, peer.mux));
    const seats = new Seats<GatePeer>(feedId, isReading);
    return this.#book.add(buyer, feedId, seats);
  }
}

function isSame(a: Access, b: Access): boolean {
  return (
    a.expiresAtMs === b.expiresAtMs &&
    a.fromBlock === b.fromBlock &&
    a.maxConnections === b.maxConnections
  );
}

function textOf(epochs: EpochRange | null): string {
  return epochs ? `${epochs.first}-${epochs.last}` : '';
}

function limitOf({ maxConnections }: Access): number {
  return maxConnections ?? Number.POSITIVE_INFINITY;
}

function invalid({ say }: GatePeer, feedId: string, reason: Invalid['reason']): void {
  say?.invalid({ feedId, reason, plans: null });
}

function noop(): void {}
