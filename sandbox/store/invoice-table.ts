import type { Database } from './database.ts';

export type InvoiceState = 'open' | 'accepted' | 'settled' | 'canceled';

/** The one HTLC set that paid, or holds, an invoice. */
export interface Htlc {
  amountMsat: string;
  channelId: string;
  index: number;
  acceptHeight: number;
  acceptedS: number;
  /** The height at which a held HTLC is given up, as LDK says. */
  deadlineHeight: number;
  resolvedS: number;
  state: 'accepted' | 'settled' | 'canceled';
}

/** One hop of a route hint, as BOLT 11 carries it. */
export interface Hint {
  pubkey: string;
  scid: string;
  feeBaseMsat: number;
  feePpm: number;
  cltvDelta: number;
}

export interface Invoice {
  addIndex: number;
  hash: string;
  preimage: string | null;
  request: string;
  paymentSecret: string;
  memo: string;
  descriptionHash: string;
  valueMsat: bigint;
  createdS: number;
  expiryS: number;
  cltvDelta: number;
  isPrivate: boolean;
  hints: Hint[][];
  isHold: boolean;
  state: InvoiceState;
  paidMsat: bigint;
  settleIndex: number | null;
  settledS: number | null;
  htlc: Htlc | null;
}

export type NewInvoice = Omit<
  Invoice,
  'addIndex' | 'state' | 'paidMsat' | 'settleIndex' | 'settledS' | 'htlc'
>;

/** A page of ListInvoices: LND's terms, seconds and indices. */
export interface InvoicePage {
  pendingOnly: boolean;
  offset: number;
  limit: number;
  reversed: boolean;
  createdFromS: number;
  createdToS: number;
}

/** One node's invoices. Both indices are contiguous from 1 and never used twice. */
export class InvoiceTable {
  readonly #db: Database;
  readonly #node: string;
  readonly #statements;

  constructor(db: Database, node: string) {
    this.#db = db;
    this.#node = node;
    this.#statements = {
      insert: db.prepare(`insert into invoices (node, add_index, hash, preimage, request,
        payment_secret, memo, description_hash, value_msat, created_s, expiry_s, cltv_delta,
        is_private, hints, is_hold) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      byHash: db.prepare('select * from invoices where node = ? and hash = ?'),
      lastAdd: db.prepare('select max(add_index) as last from invoices where node = ?'),
      lastSettle: db.prepare(
        'select max(settle_index) as last from invoices where node = ? and settle_index > 0',
      ),
      added: db.prepare(`select * from invoices where node = ? and add_index > ?
        order by add_index limit ?`),
      settled: db.prepare(`select * from invoices where node = ? and settle_index > ?
        order by settle_index limit ?`),
      accept: db.prepare(`update invoices set state = 'accepted', htlc = ?
        where node = ? and hash = ?`),
      settle: db.prepare(`update invoices set state = 'settled', settle_index = ?, settled_s = ?,
        paid_msat = ?, preimage = ?, htlc = ? where node = ? and hash = ?`),
      cancel: db.prepare(`update invoices set state = 'canceled', htlc = ?
        where node = ? and hash = ?`),
      expired: db.prepare(`select hash from invoices where state = 'open' and expires_s <= ?
        and node = ? order by expires_s limit 500`),
      held: db.prepare(`select * from invoices where node = ? and state = 'accepted'`),
      heldCount: db.prepare(
        `select count(*) as held from invoices where node = ? and state = 'accepted'`,
      ),
    };
  }

  /** The add index of the newest invoice; 0 when there is none. */
  get lastAddIndex(): number {
    return Number(this.#statements.lastAdd.get(this.#node)?.last ?? 0);
  }

  get lastSettleIndex(): number {
    return Number(this.#statements.lastSettle.get(this.#node)?.last ?? 0);
  }

  get heldCount(): number {
    return Number(this.#statements.heldCount.get(this.#node)?.held);
  }

  insert(invoice: NewInvoice): number {
    const addIndex = this.lastAddIndex + 1;
    this.#db.run(
      this.#statements.insert,
      this.#node,
      addIndex,
      invoice.hash,
      invoice.preimage,
      invoice.request,
      invoice.paymentSecret,
      invoice.memo,
      invoice.descriptionHash,
      invoice.valueMsat,
      invoice.createdS,
      invoice.expiryS,
      invoice.cltvDelta,
      Number(invoice.isPrivate),
      JSON.stringify(invoice.hints),
      Number(invoice.isHold),
    );
    return addIndex;
  }

  byHash(hash: string): Invoice | undefined {
    const row = this.#statements.byHash.get(this.#node, hash);
    return row && invoiceFrom(row);
  }

  addedAfter(addIndex: number, limit: number): Invoice[] {
    return this.#statements.added.all(this.#node, addIndex, limit).map(invoiceFrom);
  }

  settledAfter(settleIndex: number, limit: number): Invoice[] {
    return this.#statements.settled.all(this.#node, settleIndex, limit).map(invoiceFrom);
  }

  held(): Invoice[] {
    return this.#statements.held.all(this.#node).map(invoiceFrom);
  }

  /** Hashes of open invoices that ended at or before this second; bounded. */
  expired(nowS: number): string[] {
    return this.#statements.expired.all(nowS, this.#node).map((row) => row.hash as string);
  }

  accept(hash: string, htlc: Htlc): void {
    this.#db.run(this.#statements.accept, JSON.stringify(htlc), this.#node, hash);
  }

  settle(hash: string, preimage: string, htlc: Htlc, settledS: number): void {
    const index = this.lastSettleIndex + 1;
    const { amountMsat } = htlc;
    const json = JSON.stringify(htlc);
    const { settle } = this.#statements;
    this.#db.run(settle, index, settledS, BigInt(amountMsat), preimage, json, this.#node, hash);
  }

  cancel(hash: string, htlc: Htlc | null): void {
    const json = htlc && JSON.stringify(htlc);
    this.#db.run(this.#statements.cancel, json, this.#node, hash);
  }

  /** A page in ascending add index, as LND's ListInvoices answers also when reversed. */
  page(page: InvoicePage): Invoice[] {
    const clauses = ['node = ?'];
    const values: (string | number)[] = [this.#node];
    if (page.offset > 0) {
      clauses.push(`add_index ${page.reversed ? '<' : '>'} ?`);
      values.push(page.offset);
    }
    if (page.createdFromS > 0) {
      clauses.push('created_s >= ?');
      values.push(page.createdFromS);
    }
    if (page.createdToS > 0) {
      clauses.push('created_s <= ?');
      values.push(page.createdToS);
    }
    if (page.pendingOnly) clauses.push(`state in ('open', 'accepted')`);
    const order = page.reversed ? 'desc' : 'asc';
    const sql = `select * from invoices where ${clauses.join(' and ')}
      order by add_index ${order} limit ?`;
    const rows = this.#db.prepare(sql).all(...values, page.limit);
    if (page.reversed) rows.reverse();
    return rows.map(invoiceFrom);
  }
}

function invoiceFrom(row: Record<string, unknown>): Invoice {
  return {
    addIndex: row.add_index as number,
    hash: row.hash as string,
    preimage: row.preimage as string | null,
    request: row.request as string,
    paymentSecret: row.payment_secret as string,
    memo: row.memo as string,
    descriptionHash: row.description_hash as string,
    valueMsat: BigInt(row.value_msat as number),
    createdS: row.created_s as number,
    expiryS: row.expiry_s as number,
    cltvDelta: row.cltv_delta as number,
    isPrivate: row.is_private === 1,
    hints: JSON.parse(row.hints as string) as Hint[][],
    isHold: row.is_hold === 1,
    state: row.state as InvoiceState,
    paidMsat: BigInt(row.paid_msat as number),
    settleIndex: row.settle_index as number | null,
    settledS: row.settled_s as number | null,
    htlc: row.htlc === null ? null : (JSON.parse(row.htlc as string) as Htlc),
  };
}
