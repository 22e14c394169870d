import { randomBytes } from 'node:crypto';
import { type Bolt11, parseBolt11 } from '../ldk/bolt11.ts';
import type { NodeEvent } from '../ldk/events.ts';
import type { LdkNode } from '../ldk/node.ts';
import { LdkError } from '../ldk/result.ts';
import { send } from '../ldk/send.ts';
import type { Database } from '../store/database.ts';
import { type Payment, type PaymentFailure, PaymentTable } from '../store/payment-table.ts';
import { Bell } from './bell.ts';
import { CODE, Refusal } from './refusal.ts';
import { plannedRoute } from './route.ts';
import type { Slots } from './slots.ts';

const MAX_AMOUNT_MSAT = 10n ** 15n;
const MAX_QUEUED = 20_000;
// A queued payment waits for its slot at least this long, whatever its caller's patience.
const MIN_PATIENCE_MS = 180_000;

export interface PaymentRequest {
  request: string;
  /** For requests that name no amount; 0 otherwise. */
  amountMsat: bigint;
  feeLimitMsat: bigint;
  timeoutMs: number;
  /** Pays another amount than the request names: only tests of receivers want that. */
  isOffAmount: boolean;
}

/** One node's outgoing payments: refused, queued, sent, resolved; each step in a commit. */
export class Payments {
  readonly table: PaymentTable;
  readonly bell: Bell;
  readonly #node: LdkNode;
  readonly #slots: Slots;
  readonly #paths = new Map<string, string[]>();
  readonly #queue: string[] = [];

  constructor(db: Database, node: LdkNode, slots: Slots) {
    this.table = new PaymentTable(db, node.name);
    this.bell = new Bell(db);
    this.#node = node;
    this.#slots = slots;
    for (const payment of this.table.pending()) this.#resume(payment);
    node.on((event) => this.#handle(event));
  }

  /**
   * Queues a payment; the next pump starts it if there is a slot. Refuses what LND refuses: an
   * expired invoice, a hash paid or under way, an amount given twice or not at all.
   */
  pay(request: PaymentRequest): string {
    const invoice = parse(request.request);
    const amountMsat = amountOf(request, invoice);
    const expiresMs = (invoice.createdS + invoice.expiryS) * 1000;
    if (expiresMs <= Date.now()) {
      const until = new Date(expiresMs).toISOString();
      throw new Refusal(CODE.unknown, `invoice expired. Valid until ${until}`);
    }
    this.#refuseRepeated(invoice.hash);
    if (this.#queue.length >= MAX_QUEUED) {
      throw new Refusal(CODE.resourceExhausted, 'too many payments are queued');
    }
    const createdMs = Date.now();
    this.table.insert({
      hash: invoice.hash,
      paymentId: randomBytes(32).toString('hex'),
      request: invoice.request,
      destination: invoice.payee,
      amountMsat,
      feeLimitMsat: request.feeLimitMsat,
      createdMs,
      giveUpMs: Math.min(createdMs + Math.max(request.timeoutMs, MIN_PATIENCE_MS), expiresMs),
      route: plannedRoute(this.#node, invoice, amountMsat),
    });
    this.#queue.push(invoice.hash);
    this.bell.ring(invoice.hash);
    return invoice.hash;
  }

  /** Starts what slots allow, in order of arrival. */
  startQueued(): void {
    while (this.#queue.length > 0) {
      const payment = this.table.byHash(this.#queue[0] as string);
      if (payment?.status === 'queued' && !this.#start(payment)) return;
      this.#queue.shift();
    }
  }

  #refuseRepeated(hash: string): void {
    const status = this.table.byHash(hash)?.status;
    if (status === 'succeeded') throw new Refusal(CODE.alreadyExists, 'invoice is already paid');
    if (status === 'queued' || status === 'sent') {
      throw new Refusal(CODE.alreadyExists, 'payment is in transition');
    }
  }

  #start(payment: Payment): boolean {
    const { hash } = payment;
    if (payment.giveUpMs <= Date.now()) {
      this.#fail(hash, 'TIMEOUT');
      return true;
    }
    if (this.#outboundMsat() < payment.amountMsat) {
      this.#fail(hash, 'INSUFFICIENT_BALANCE');
      return true;
    }
    const path = pathOf(this.#node, payment);
    if (!this.#slots.take(path)) return false;
    this.#paths.set(hash, path);
    this.table.sent(hash);
    this.bell.ring(hash);
    const failure = send(this.#node, payment);
    if (failure) this.#fail(hash, failure);
    return true;
  }

  #outboundMsat(): bigint {
    const ready = this.#node.channels().filter((channel) => channel.isReady);
    return ready.reduce((sum, channel) => sum + channel.outboundMsat, 0n);
  }

  #handle(event: NodeEvent): void {
    if (event.type !== 'sent' && event.type !== 'failed') return;
    const payment = this.table.byId(event.paymentId);
    if (payment?.status !== 'sent') return;
    if (event.type === 'failed') {
      this.#fail(payment.hash, event.failure);
      return;
    }
    this.table.succeeded(payment.hash, event.preimage, event.feeMsat, Date.now());
    this.#resolved(payment.hash);
  }

  #fail(hash: string, failure: PaymentFailure): void {
    this.table.failed(hash, failure, Date.now());
    this.#resolved(hash);
  }

  #resolved(hash: string): void {
    this.bell.ring(hash);
    const path = this.#paths.get(hash);
    if (!path) return;
    this.#paths.delete(hash);
    this.#slots.release(path);
  }

  #resume(payment: Payment): void {
    if (payment.status === 'queued') {
      this.#queue.push(payment.hash);
      return;
    }
    const path = pathOf(this.#node, payment);
    this.#paths.set(payment.hash, path);
    this.#slots.force(path);
  }
}

function pathOf(node: LdkNode, payment: Payment): string[] {
  return [node.pubkey, ...payment.route.map((hop) => hop.pubkey)];
}

function parse(request: string): Bolt11 {
  try {
    return parseBolt11(request).details;
  } catch (error) {
    if (error instanceof LdkError) throw new Refusal(CODE.unknown, error.message);
    throw error;
  }
}

function amountOf({ amountMsat, isOffAmount }: PaymentRequest, invoice: Bolt11): bigint {
  const refuse = (details: string) => {
    throw new Refusal(CODE.unknown, details);
  };
  if (amountMsat > MAX_AMOUNT_MSAT) refuse('amount is too large');
  if (isOffAmount && amountMsat > 0n) return amountMsat;
  if (invoice.amountMsat === 0n && amountMsat === 0n) {
    refuse('amount must be specified when paying a zero amount invoice');
  }
  if (invoice.amountMsat > 0n && amountMsat > 0n) {
    refuse('amount must not be specified when paying a non-zero amount invoice');
  }
  return invoice.amountMsat || amountMsat;
}
