import type { Database } from './database.ts';

export type PaymentStatus = 'queued' | 'sent' | 'succeeded' | 'failed';

/** LND's payment failure reasons, without their common prefix. */
export type PaymentFailure =
  | 'TIMEOUT'
  | 'NO_ROUTE'
  | 'ERROR'
  | 'INCORRECT_PAYMENT_DETAILS'
  | 'INSUFFICIENT_BALANCE'
  | 'CANCELED';

export interface RouteHop {
  channelId: string;
  pubkey: string;
  feeMsat: string;
  expiryHeight: number;
}

export interface Payment {
  paymentIndex: number;
  hash: string;
  paymentId: string;
  request: string;
  destination: string;
  amountMsat: bigint;
  feeLimitMsat: bigint;
  status: PaymentStatus;
  createdMs: number;
  giveUpMs: number;
  route: RouteHop[];
  feeMsat: bigint;
  preimage: string | null;
  failure: PaymentFailure | null;
  resolvedMs: number | null;
}

export type NewPayment = Pick<
  Payment,
  | 'hash'
  | 'paymentId'
  | 'request'
  | 'destination'
  | 'amountMsat'
  | 'feeLimitMsat'
  | 'createdMs'
  | 'giveUpMs'
  | 'route'
>;

/** A page of ListPayments: LND's terms, seconds and indices. */
export interface PaymentPage {
  includeIncomplete: boolean;
  offset: number;
  limit: number;
  reversed: boolean;
  createdFromS: number;
  createdToS: number;
}

/** One node's outgoing payments, by hash. A failed one may be tried again under a new index. */
export class PaymentTable {
  readonly #db: Database;
  readonly #node: string;
  readonly #statements;

  constructor(db: Database, node: string) {
    this.#db = db;
    this.#node = node;
    this.#statements = {
      last: db.prepare('select max(payment_index) as last from payments where node = ?'),
      insert: db.prepare(`insert or replace into payments (node, payment_index, hash, payment_id,
        request, destination, amount_msat, fee_limit_msat, created_ms, give_up_ms,
        route) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      byHash: db.prepare('select * from payments where node = ? and hash = ?'),
      byId: db.prepare('select * from payments where node = ? and payment_id = ?'),
      pending: db.prepare(`select * from payments where node = ? and status in ('queued', 'sent')
        order by payment_index`),
      sent: db.prepare(`update payments set status = 'sent' where node = ? and hash = ?`),
      succeeded: db.prepare(`update payments set status = 'succeeded', preimage = ?, fee_msat = ?,
        resolved_ms = ? where node = ? and hash = ?`),
      failed: db.prepare(`update payments set status = 'failed', failure = ?, resolved_ms = ?
        where node = ? and hash = ?`),
    };
  }

  insert(payment: NewPayment): void {
    // A retried hash takes the index after its failed row's, so the maximum never falls.
    const index = Number(this.#statements.last.get(this.#node)?.last ?? 0) + 1;
    this.#db.run(
      this.#statements.insert,
      this.#node,
      index,
      payment.hash,
      payment.paymentId,
      payment.request,
      payment.destination,
      payment.amountMsat,
      payment.feeLimitMsat,
      payment.createdMs,
      payment.giveUpMs,
      JSON.stringify(payment.route),
    );
  }

  byHash(hash: string): Payment | undefined {
    const row = this.#statements.byHash.get(this.#node, hash);
    return row && paymentFrom(row);
  }

  byId(paymentId: string): Payment | undefined {
    const row = this.#statements.byId.get(this.#node, paymentId);
    return row && paymentFrom(row);
  }

  pending(): Payment[] {
    return this.#statements.pending.all(this.#node).map(paymentFrom);
  }

  sent(hash: string): void {
    this.#db.run(this.#statements.sent, this.#node, hash);
  }

  succeeded(hash: string, preimage: string, feeMsat: bigint, resolvedMs: number): void {
    this.#db.run(this.#statements.succeeded, preimage, feeMsat, resolvedMs, this.#node, hash);
  }

  failed(hash: string, failure: PaymentFailure, resolvedMs: number): void {
    this.#db.run(this.#statements.failed, failure, resolvedMs, this.#node, hash);
  }

  page(page: PaymentPage): Payment[] {
    const clauses = ['node = ?'];
    const values: (string | number)[] = [this.#node];
    if (page.offset > 0) {
      clauses.push(`payment_index ${page.reversed ? '<' : '>'} ?`);
      values.push(page.offset);
    }
    if (page.createdFromS > 0) {
      clauses.push('created_ms >= ?');
      values.push(page.createdFromS * 1000);
    }
    if (page.createdToS > 0) {
      clauses.push('created_ms < ?');
      values.push((page.createdToS + 1) * 1000);
    }
    if (!page.includeIncomplete) clauses.push(`status = 'succeeded'`);
    const order = page.reversed ? 'desc' : 'asc';
    const sql = `select * from payments where ${clauses.join(' and ')}
      order by payment_index ${order} limit ?`;
    const rows = this.#db.prepare(sql).all(...values, page.limit);
    if (page.reversed) rows.reverse();
    return rows.map(paymentFrom);
  }
}

function paymentFrom(row: Record<string, unknown>): Payment {
  return {
    paymentIndex: row.payment_index as number,
    hash: row.hash as string,
    paymentId: row.payment_id as string,
    request: row.request as string,
    destination: row.destination as string,
    amountMsat: BigInt(row.amount_msat as number),
    feeLimitMsat: BigInt(row.fee_limit_msat as number),
    status: row.status as PaymentStatus,
    createdMs: row.created_ms as number,
    giveUpMs: row.give_up_ms as number,
    route: JSON.parse(row.route as string) as RouteHop[],
    feeMsat: BigInt(row.fee_msat as number),
    preimage: row.preimage as string | null,
    failure: row.failure as PaymentFailure | null,
    resolvedMs: row.resolved_ms as number | null,
  };
}
