import { randomBytes } from 'node:crypto';
import type {
  Result_NoneRetryableSendFailureZ,
  RouteParameters,
  ThreeTuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZ,
} from 'lightningdevkit';
import { Retry, RetryableSendFailure, UtilMethods } from 'lightningdevkit';
import { bytesOf, nowS } from '../bytes.ts';
import { type Bolt11, parseBolt11 } from '../ldk/bolt11.ts';
import type { NodeEvent } from '../ldk/events.ts';
import type { LdkNode } from '../ldk/node.ts';
import { LdkError, someU64, unwrap } from '../ldk/result.ts';
import type { Database } from '../store/database.ts';
import { type Payment, type PaymentFailure, PaymentTable } from '../store/payment-table.ts';
import { Bell } from './bell.ts';
import { CODE, Refusal } from './refusal.ts';
import { plannedRoute } from './route.ts';
import type { Slots } from './slots.ts';

const ATTEMPTS = 10;
const MAX_AMOUNT_MSAT = 10n ** 15n;
const MAX_QUEUED = 20_000;
// A queued payment waits for its slot at least this long, whatever its caller's patience.
const MIN_PATIENCE_MS = 180_000;

type PaymentParts = ThreeTuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZ;

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
   * Starts or queues a payment. Refuses what LND refuses: an expired invoice, a hash paid or under
   * way, an amount given twice or not at all. Later outcomes show in the table.
   */
  pay(request: PaymentRequest): string {
    const invoice = parse(request.request);
    const amountMsat = amountOf(request, invoice);
    const expiresS = invoice.createdS + invoice.expiryS;
    if (expiresS <= nowS()) {
      const until = new Date(expiresS * 1000).toISOString();
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
      request: request.request,
      destination: invoice.payee,
      amountMsat,
      feeLimitMsat: request.feeLimitMsat,
      createdMs,
      giveUpMs: createdMs + Math.max(request.timeoutMs, MIN_PATIENCE_MS),
    });
    this.#queue.push(invoice.hash);
    this.startQueued();
    this.bell.ring(invoice.hash);
    return invoice.hash;
  }

  /** Starts what slots allow, in order of arrival. Called again whenever some get free. */
  startQueued(): void {
    while (this.#queue.length > 0) {
      const payment = this.table.byHash(this.#queue[0] as string);
      if (payment?.status !== 'queued' || this.#start(payment)) {
        this.#queue.shift();
        continue;
      }
      return;
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
    const { invoice, details } = parseBolt11(payment.request);
    const isLate = payment.giveUpMs <= Date.now();
    if (isLate || details.createdS + details.expiryS <= nowS()) {
      this.#fail(payment, 'TIMEOUT');
      return true;
    }
    if (this.#outboundMsat() < payment.amountMsat) {
      this.#fail(payment, 'INSUFFICIENT_BALANCE');
      return true;
    }
    const route = plannedRoute(this.#node, details, payment.amountMsat);
    const path = [this.#node.pubkey, ...route.map((hop) => hop.pubkey)];
    if (!this.#slots.take(path)) return false;
    this.#paths.set(payment.hash, path);
    this.table.sent(payment.hash, route);
    this.bell.ring(payment.hash);
    const parts = paymentParts(invoice, details, payment);
    const failure = this.#send(parts, payment);
    if (failure) this.#fail(payment, failure);
    return true;
  }

  #send(parts: PaymentParts, payment: Payment): PaymentFailure | undefined {
    const route: RouteParameters = parts.get_c();
    route.set_final_value_msat(payment.amountMsat);
    route.set_max_total_routing_fee_msat(someU64(payment.feeLimitMsat));
    const sent = this.#node.manager.send_payment(
      parts.get_a(),
      parts.get_b(),
      bytesOf(payment.paymentId),
      route,
      Retry.constructor_attempts(ATTEMPTS),
    );
    return sent.is_ok() ? undefined : failureOf(sent);
  }

  #outboundMsat(): bigint {
    const usable = this.#node.channels().filter((channel) => channel.isReady);
    return usable.reduce((sum, channel) => sum + channel.outboundMsat, 0n);
  }

  #handle(event: NodeEvent): void {
    if (event.type !== 'sent' && event.type !== 'failed') return;
    const payment = this.table.byId(event.paymentId);
    if (payment?.status !== 'sent') return;
    if (event.type === 'failed') {
      this.#fail(payment, event.failure);
      return;
    }
    this.table.succeeded(payment.hash, event.preimage, event.feeMsat, Date.now());
    this.#release(payment.hash);
    this.bell.ring(payment.hash);
  }

  #fail(payment: Payment, failure: PaymentFailure): void {
    this.table.failed(payment.hash, failure, Date.now());
    this.#release(payment.hash);
    this.bell.ring(payment.hash);
  }

  #release(hash: string): void {
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
    const path = [this.#node.pubkey, ...payment.route.map((hop) => hop.pubkey)];
    this.#paths.set(payment.hash, path);
    this.#slots.force(path);
  }
}

function parse(request: string): Bolt11 {
  try {
    return parseBolt11(request).details;
  } catch (error) {
    if (error instanceof LdkError) throw new Refusal(CODE.unknown, error.message);
    throw error;
  }
}

function amountOf(request: PaymentRequest, invoice: Bolt11): bigint {
  if (request.isOffAmount && request.amountMsat > 0n) return request.amountMsat;
  if (request.amountMsat > MAX_AMOUNT_MSAT) throw new Refusal(CODE.unknown, 'amount is too large');
  if (invoice.amountMsat === 0n && request.amountMsat === 0n) {
    throw new Refusal(CODE.unknown, 'amount must be specified when paying a zero amount invoice');
  }
  if (invoice.amountMsat > 0n && request.amountMsat > 0n) {
    throw new Refusal(
      CODE.unknown,
      'amount must not be specified when paying a non-zero  amount invoice',
    );
  }
  return invoice.amountMsat || request.amountMsat;
}

function paymentParts(
  invoice: ReturnType<typeof parseBolt11>['invoice'],
  details: Bolt11,
  payment: Payment,
): PaymentParts {
  const { amountMsat } = payment;
  return details.amountMsat === 0n
    ? unwrap(
        'payment_parameters',
        UtilMethods.constructor_payment_parameters_from_variable_amount_invoice(
          invoice,
          amountMsat,
        ),
      )
    : unwrap(
        'payment_parameters',
        UtilMethods.constructor_payment_parameters_from_invoice(invoice),
      );
}

function failureOf(sent: Result_NoneRetryableSendFailureZ): PaymentFailure {
  const { err } = sent as unknown as { err: RetryableSendFailure };
  if (err === RetryableSendFailure.LDKRetryableSendFailure_PaymentExpired) return 'TIMEOUT';
  if (err === RetryableSendFailure.LDKRetryableSendFailure_RouteNotFound) return 'NO_ROUTE';
  return 'ERROR';
}
