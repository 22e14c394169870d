import type { Connection } from 'hyperdht';
import { type Mail, readAddressees, readMail, readNewestSeq } from '../flow/read-mail.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { Subscribe } from '../protocol/messages.ts';
import { asMessage, latestSeq } from './message.ts';
import type { PeerChannel } from './peer-channel.ts';

const MAX_FEEDS_A_PEER = 256;
const BOXES_A_READ = 100;
const MESSAGES_A_READ = { ofEach: 8, ofAll: 400 };

interface Peer {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly channel: PeerChannel;
  readonly boxes: Map<string, Box>;
  /** Whether there is more for it than its stream took. */
  isFull: boolean;
}

/** What one peer is to hear about one feed. */
interface Box {
  readonly peer: Peer;
  readonly feedId: string;
  /** How far it was read for. */
  after: bigint;
  /** The last message that it has. */
  had: bigint;
}

/**
 * Brings sellers' messages to the buyers that are connected, in order: to whoever subscribes what came after the last one
 * that it names, and from then on each new one. Holds numbers, never messages: who reads slowly is read for again when
 * its stream has room.
 */
export class Messenger {
  readonly #prisma: PrismaClient;
  readonly #wake: () => void;
  readonly #boxes = new Map<string, Set<Box>>();
  readonly #behind = new Set<Box>();
  #newest: bigint | null = null;

  /** @param wake has the step run soon */
  constructor(prisma: PrismaClient, wake: () => void) {
    this.#prisma = prisma;
    this.#wake = wake;
  }

  /** Hears from now on which feeds a peer subscribes to. */
  onconnection(connection: Connection, channel: PeerChannel): void {
    const key = Uint8Array.from(connection.remotePublicKey);
    const peer: Peer = { key, channel, boxes: new Map(), isFull: false };
    channel.listen({
      onsubscribe: (message) => this.#subscribe(peer, message),
      ondrain: () => {
        if (peer.isFull) this.#wake();
        peer.isFull = false;
      },
      onclose: () => {
        for (const box of peer.boxes.values()) this.#close(box);
      },
    });
  }

  /** Looks for what is new, and brings what there is to all whose streams have room. */
  async step(): Promise<void> {
    for (;;) {
      const newest = await readNewestSeq(this.#prisma);
      await this.#follow(newest);
      if (!(await this.#deliver(newest))) return;
    }
  }

  #subscribe(peer: Peer, { feedId, messagesAfter }: Subscribe): void {
    const known = peer.boxes.get(feedId);
    if (known && messagesAfter === undefined) return;
    if (known) this.#close(known);
    else if (peer.boxes.size >= MAX_FEEDS_A_PEER) return;
    // Until it is known which message is the newest, there is none to be had.
    const newest = messagesAfter === undefined ? this.#newest : null;
    const after = newest ?? latestSeq(messagesAfter);
    const box: Box = { peer, feedId, after, had: after };
    peer.boxes.set(feedId, box);
    const ofFeed = this.#boxes.get(feedId);
    if (ofFeed) ofFeed.add(box);
    else this.#boxes.set(feedId, new Set([box]));
    if (messagesAfter === undefined) return;
    this.#behind.add(box);
    this.#wake();
  }

  #close(box: Box): void {
    box.peer.boxes.delete(box.feedId);
    this.#behind.delete(box);
    const ofFeed = this.#boxes.get(box.feedId);
    ofFeed?.delete(box);
    if (ofFeed?.size === 0) this.#boxes.delete(box.feedId);
  }

  async #follow(newest: bigint): Promise<void> {
    const before = this.#newest;
    if (before !== null && newest > before) {
      for (const addressee of await readAddressees(this.#prisma, before, newest))
        this.#note(addressee);
    }
    // There are fewer when the database was restored, and when all have been forgotten.
    if (before === null || newest < before) this.#moveTo(newest);
    this.#newest = newest;
  }

  #note({ feedId, buyerKey }: { feedId: string; buyerKey: Uint8Array | null }): void {
    for (const box of this.#boxes.get(feedId) ?? []) {
      if (!buyerKey || Buffer.compare(buyerKey, box.peer.key) === 0) this.#behind.add(box);
    }
  }

  #moveTo(newest: bigint): void {
    for (const boxes of this.#boxes.values()) {
      for (const box of boxes) {
        if (box.after > newest) box.after = newest;
        if (box.had > newest) box.had = newest;
      }
    }
  }

  /** @returns whether there may be more */
  async #deliver(upTo: bigint): Promise<boolean> {
    const boxes = [...this.#behind].filter(hasRoom).slice(0, BOXES_A_READ);
    if (boxes.length === 0) return false;
    const mail = await readMail(this.#prisma, boxes.map(asMailbox), upTo, MESSAGES_A_READ);
    const isCut = mail.length === MESSAGES_A_READ.ofAll;
    const lastBox = isCut ? mail.at(-1)!.box : boxes.length;
    const byBox = Map.groupBy(mail, ({ box }) => box);
    for (const [at, box] of boxes.entries()) {
      const own = byBox.get(at) ?? [];
      const isWhole = at < lastBox && own.length < MESSAGES_A_READ.ofEach;
      if (this.#behind.has(box)) this.#bring(box, own, isWhole ? upTo : null);
    }
    return true;
  }

  /** @param upTo how far these are all that there are; null: there are more */
  #bring(box: Box, mail: readonly Mail[], upTo: bigint | null): void {
    const { peer, feedId } = box;
    // Whoever has had some goes behind all others.
    this.#behind.delete(box);
    for (const each of mail) {
      peer.channel.say?.message(asMessage(feedId, box.had, each));
      box.after = box.had = each.seq;
    }
    if (upTo === null) this.#behind.add(box);
    else if (box.after < upTo) box.after = upTo;
    peer.isFull = !hasRoom(box);
  }
}

function hasRoom({ peer }: Box): boolean {
  return peer.channel.say?.drained ?? false;
}

function asMailbox({ peer, feedId, after }: Box) {
  return { feedId, buyerKey: peer.key, after };
}
