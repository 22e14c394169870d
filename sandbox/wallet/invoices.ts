import { randomBytes } from 'node:crypto';
import { bytesOf, hexOf, nowS, sha256 } from '../bytes.ts';
import { makeBolt11 } from '../ldk/bolt11.ts';
import type { Claimable, NodeEvent } from '../ldk/events.ts';
import type { LdkNode } from '../ldk/node.ts';
import type { Database } from '../store/database.ts';
import { type Htlc, type Invoice, InvoiceTable } from '../store/invoice-table.ts';
import { Bell } from './bell.ts';
import { checkTerms, type InvoiceRequest } from './check-terms.ts';
import { decideHtlc } from './decide-htlc.ts';
import { CODE, Refusal } from './refusal.ts';

const DEFAULT_EXPIRY_S = 86_400;
const DEFAULT_CLTV_DELTA = 80;

/** One node's invoice registry; the counterpart of LND's invoices/invoiceregistry.go. */
export class Invoices {
  readonly table: InvoiceTable;
  readonly bell: Bell;
  readonly #db: Database;
  readonly #node: LdkNode;
  readonly #claims = new Map<string, { preimage: string; htlc: Htlc }>();
  #heldCount: number;

  constructor(db: Database, node: LdkNode) {
    this.table = new InvoiceTable(db, node.name);
    this.bell = new Bell(db);
    this.#db = db;
    this.#node = node;
    this.#heldCount = this.table.heldCount;
    node.on((event) => this.#handle(event));
  }

  /** HTLC sets that wait for their hold invoice to be settled or cancelled. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /** Adds an invoice. Refuses a hash that this node has seen, whatever became of it. */
  add(request: InvoiceRequest): Invoice {
    checkTerms(request);
    const preimage = request.holdHash ? null : (request.preimage ?? randomBytes(32));
    const hash = hexOf(request.holdHash ?? sha256(preimage as Uint8Array));
    if (this.table.byHash(hash)) {
      throw new Refusal(CODE.unknown, 'invoice with payment hash already exists');
    }
    const terms = {
      hash,
      valueMsat: request.valueMsat,
      memo: request.memo,
      descriptionHash: hexOf(request.descriptionHash),
      expiryS: request.expiryS || DEFAULT_EXPIRY_S,
      cltvDelta: request.cltvDelta || DEFAULT_CLTV_DELTA,
    };
    const bolt11 = makeBolt11(this.#node, terms);
    this.table.insert({
      ...terms,
      preimage: preimage && hexOf(preimage),
      request: bolt11.request,
      paymentSecret: bolt11.paymentSecret,
      createdS: bolt11.createdS,
      cltvDelta: bolt11.cltvDelta,
      isPrivate: request.isPrivate,
      hints: bolt11.hints,
      isHold: request.holdHash !== null,
    });
    this.bell.ring(hash);
    return this.get(hash);
  }

  /** Throws NOT_FOUND for a hash this node never saw. */
  get(hash: string): Invoice {
    const invoice = this.table.byHash(hash);
    if (!invoice) throw new Refusal(CODE.notFound, 'unable to locate invoice');
    return invoice;
  }

  /**
   * Claims what a hold invoice holds; resolves when the claim is committed. Settled already:
   * nothing to do. Open or canceled: rejects with a Refusal in LND's words.
   */
  async settle(preimage: Uint8Array): Promise<void> {
    const hash = hexOf(sha256(preimage));
    const invoice = this.table.byHash(hash);
    if (!invoice) throw new Refusal(CODE.unknown, 'unable to locate invoice');
    if (invoice.state === 'open') throw new Refusal(CODE.unknown, 'invoice still open');
    if (invoice.state === 'canceled') throw new Refusal(CODE.unknown, 'invoice already canceled');
    if (invoice.htlc && invoice.state === 'accepted') {
      this.#claim(invoice, hexOf(preimage), invoice.htlc);
      await new Promise<void>((resolve) => this.#db.afterCommit(resolve));
    }
    if (this.table.byHash(hash)?.state !== 'settled') {
      throw new Refusal(CODE.unknown, 'the held HTLC is gone');
    }
  }

  /** Cancels an open or held invoice; again is a no-op. A settled one is refused. */
  cancel(hash: string): void {
    const invoice = this.table.byHash(hash);
    if (!invoice) throw new Refusal(CODE.unknown, 'unable to locate invoice');
    if (invoice.state === 'settled') throw new Refusal(CODE.unknown, 'invoice already settled');
    if (invoice.state === 'canceled') return;
    if (this.#claims.has(hash)) throw new Refusal(CODE.unknown, 'invoice already settled');
    if (invoice.state === 'accepted') {
      this.#node.manager.fail_htlc_backwards(bytesOf(hash));
      this.#heldCount -= 1;
    }
    const { htlc } = invoice;
    this.table.cancel(hash, htlc && { ...htlc, state: 'canceled', resolvedS: nowS() });
    this.bell.ring(hash);
  }

  /** Cancels open invoices past their expiry, as LND's expiry watcher does. */
  expire(): void {
    for (const hash of this.table.expired(nowS())) {
      if (!this.#claims.has(hash)) this.cancel(hash);
    }
  }

  /** Cancels held invoices whose HTLCs LDK is about to fail by height. */
  connectBlock(height: number): void {
    for (const { hash, htlc } of this.table.held()) {
      if (htlc && htlc.deadlineHeight <= height && !this.#claims.has(hash)) this.cancel(hash);
    }
  }

  #handle(event: NodeEvent): void {
    if (event.type === 'claimable') this.#decide(event);
    if (event.type === 'claimed') this.#claimed(event.hash, event.amountMsat);
  }

  #decide(event: Claimable): void {
    const invoice = this.table.byHash(event.hash);
    const decision = this.#claims.has(event.hash)
      ? 'refuse'
      : decideHtlc(invoice, event.amountMsat, nowS());
    if (!invoice || decision === 'refuse') {
      this.#node.manager.fail_htlc_backwards(bytesOf(event.hash));
      return;
    }
    const htlc = this.#htlcOf(event, invoice);
    if (decision === 'settle' && invoice.preimage) {
      this.#claim(invoice, invoice.preimage, htlc);
      return;
    }
    this.table.accept(invoice.hash, htlc);
    this.#heldCount += 1;
    this.bell.ring(invoice.hash);
  }

  // LDK answers with a claimed event in the same pump, or never when the HTLC is gone.
  #claim(invoice: Invoice, preimage: string, htlc: Htlc): void {
    this.#claims.set(invoice.hash, { preimage, htlc });
    this.#db.afterCommit(() => this.#claims.delete(invoice.hash));
    this.#node.manager.claim_funds(bytesOf(preimage));
  }

  #claimed(hash: string, amountMsat: bigint): void {
    const claim = this.#claims.get(hash);
    const invoice = this.table.byHash(hash);
    this.#claims.delete(hash);
    if (!invoice || invoice.state === 'settled') return;
    const htlc = claim?.htlc ?? invoice.htlc;
    const preimage = claim?.preimage ?? invoice.preimage;
    if (!htlc || !preimage) {
      console.error(`${this.#node.name}: ${hash} claimed out of nothing`);
      return;
    }
    if (invoice.state === 'accepted') this.#heldCount -= 1;
    const settledS = nowS();
    const settled: Htlc = {
      ...htlc,
      amountMsat: amountMsat.toString(),
      state: 'settled',
      resolvedS: settledS,
    };
    this.table.settle(hash, preimage, settled, settledS);
    this.bell.ring(hash);
  }

  #htlcOf(event: Claimable, invoice: Invoice): Htlc {
    const channel = this.#node.channels().find((each) => each.channelId === event.channelId);
    return {
      amountMsat: event.amountMsat.toString(),
      channelId: channel?.scid ?? '0',
      index: invoice.addIndex,
      acceptHeight: this.#node.height,
      acceptedS: nowS(),
      deadlineHeight: event.deadlineHeight,
      resolvedS: 0,
      state: 'accepted',
    };
  }
}
