import type { Logger } from 'pino';
import { addSpan } from '../ports/trace.ts';
import { Prisma, type PrismaClient } from '../prisma/client/client.ts';
import type { Feeds } from './feeds.ts';
import type { Gate, GateGrant } from './gate.ts';
import { gateGrantOf } from './gate-grant.ts';
import { idOf } from './key-id.ts';

// Each lasts a minute: more than these would mean that none is ended.
const MAX_HOLDS = 10_000;

/** A buyer whose payment is held: to be let in until it is taken, which makes it a grant, or given back. */
interface Hold extends GateGrant {
  paymentHash: Uint8Array<ArrayBuffer>;
  expiresAtMs: number;
  orderId: string;
  traceParent: string | null;
}

type HeldRow = Omit<Hold, 'expiresAtMs' | 'fromBlock'> & { endsAt: Date; fromBlock: bigint };

/**
 * Lets in whose payment is held, for as long as it is, and says so: only then is it taken. A hold ends by the gate's own
 * timer at the latest, whatever becomes of database and workers.
 */
export class Holds {
  readonly #prisma: PrismaClient;
  readonly #gate: Gate;
  readonly #feeds: Feeds;
  readonly #seederKey: Uint8Array<ArrayBuffer>;
  readonly #log: Logger;
  #open = new Map<string, Hold>();
  /** Those that are open no more, of which it is not known yet how they ended. */
  #ended: Hold[] = [];

  constructor(prisma: PrismaClient, gate: Gate, feeds: Feeds, seederKey: Uint8Array, log: Logger) {
    this.#prisma = prisma;
    this.#gate = gate;
    this.#feeds = feeds;
    this.#seederKey = Uint8Array.from(seederKey);
    this.#log = log;
  }

  /** Those who are let in by a hold. */
  get open(): readonly GateGrant[] {
    return [...this.#open.values()];
  }

  /** The hold that lets the key in to the feed for longest; undefined when none does. */
  find(buyerKey: Uint8Array, feedId: string): GateGrant | undefined {
    return [...this.#open.values()]
      .filter((hold) => hold.feedId === feedId && Buffer.compare(hold.buyerKey, buyerKey) === 0)
      .sort((a, b) => b.expiresAtMs - a.expiresAtMs)[0];
  }

  /** Reads what is held, lets in and shuts out, and says who is let in. */
  async step(): Promise<void> {
    // What somebody has been granted is to be known before anybody is let in ahead of a grant.
    if (!this.#gate.ready) return;
    const open = await this.#read();
    for (const [id, hold] of this.#open) if (!open.has(id)) this.#ended.push(hold);
    const news = [...open].filter(([id]) => !this.#open.has(id)).map(([, hold]) => hold);
    this.#open = open;
    for (const hold of open.values()) this.#letIn(hold);
    for (const hold of news) this.#tell(hold);
    await this.#say();
    await this.#shutOut();
  }

  async #read(): Promise<Map<string, Hold>> {
    const rows = await this.#prisma.$queryRaw<HeldRow[]>`
      SELECT i.payment_hash AS "paymentHash", i.hold_ends_at AS "endsAt", o.buyer_key AS "buyerKey", f.id AS "feedId",
        o.id AS "orderId", o.trace_parent AS "traceParent", i.from_block AS "fromBlock",
        p.max_connections AS "maxConnections"
      FROM invoices i JOIN orders o ON o.id = i.order_id JOIN feeds f ON f.listing_id = o.listing_id
        JOIN plans p ON p.id = o.plan_id
      WHERE i.state = 'held' AND i.hold_ends_at > clock_timestamp()
      ORDER BY i.held_at LIMIT ${MAX_HOLDS}`;
    const held = rows.filter(({ feedId }) => this.#feeds.feed(feedId));
    return new Map(
      held.map(({ endsAt, fromBlock, ...hold }) => [
        idOf(hold.paymentHash),
        { ...hold, expiresAtMs: endsAt.getTime(), fromBlock: Number(fromBlock) },
      ]),
    );
  }

  // Whoever has a grant is in already, and keeps its end.
  #letIn(hold: Hold): void {
    if (!this.#gate.grants(hold.buyerKey, hold.feedId)) this.#gate.grant(hold);
  }

  #tell({ orderId, paymentHash, feedId, traceParent }: Hold): void {
    const hash = idOf(paymentHash);
    const attributes = { 'dazaar.order_id': orderId, 'dazaar.payment_hash': hash };
    const now = Date.now();
    const times = { startedAtMs: now, endedAtMs: now };
    const about = { parent: traceParent, kind: 'consumer' as const, attributes, ...times };
    const traceId = traceParent ? addSpan('let in', about) : undefined;
    this.#log.info({ orderId, paymentHash: hash, feedId, traceId }, 'let in by a held payment');
  }

  // A seeder that has said so and died since is spoken for by the next.
  async #say(): Promise<void> {
    const hashes = [...this.#open.values()]
      .filter(({ buyerKey, feedId }) => this.#gate.grants(buyerKey, feedId))
      .map(({ paymentHash }) => paymentHash);
    if (hashes.length === 0) return;
    await this.#prisma.$executeRaw`
      UPDATE invoices SET served_at = clock_timestamp(), served_by = ${this.#seederKey}
      WHERE payment_hash IN (${Prisma.join(hashes)}) AND state = 'held' AND (served_by IS NULL OR NOT EXISTS (
        SELECT 1 FROM seeders s WHERE s.noise_key = served_by AND s.seen_at > now() - interval '15 seconds'))`;
  }

  // What was taken is a grant by now, and the log tells of it.
  async #shutOut(): Promise<void> {
    if (this.#ended.length === 0) return;
    const givenBack = await this.#prisma.invoice.findMany({
      where: {
        paymentHash: { in: this.#ended.map(({ paymentHash }) => paymentHash) },
        state: 'cancelled',
      },
      select: { paymentHash: true },
    });
    const hashes = new Set(givenBack.map(({ paymentHash }) => idOf(paymentHash)));
    for (const { paymentHash, buyerKey, feedId } of this.#ended) {
      if (hashes.has(idOf(paymentHash))) await this.#backToGrant(buyerKey, feedId);
    }
    this.#ended = [];
  }

  async #backToGrant(buyerKey: Uint8Array, feedId: string): Promise<void> {
    const key = Uint8Array.from(buyerKey);
    const grant = await this.#prisma.grant.findUnique({
      where: { feedId_buyerKey: { feedId, buyerKey: key } },
    });
    if (grant?.state === 'live') this.#gate.grant(gateGrantOf(grant));
    else if (!this.find(key, feedId)) this.#gate.revoke(buyerKey, feedId, 'revoked');
  }
}
