import type { OrderState, PlanOffer } from '../../protocol/messages.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { BuyingStep } from '../ordering/buy-access.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import type { RenewalEntry, RenewalLedger } from './renewal-ledger.ts';

const MAX_TIMER_MS = 60_000;
const MIN_TIMER_MS = 200;
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 5 * 60_000;
const MAX_AHEAD_MS = 60 * 60_000;
const MIN_AHEAD_MS = 2_000;
const AHEAD_SHARE = 0.1;

/** How access is renewed by itself. */
export interface RenewalTerms {
  plan: PlanOffer;
  /** What may be spent for renewals within `perMs`, in msat; routing fees, which the wallet bounds, come on top. */
  budgetMsat: bigint;
  /** The length of the window that the budget is for; left out: the budget is for all time. */
  perMs?: number | undefined;
  /** How long before the end it is renewed; a tenth of the period unless said, 2 s to 1 h. */
  aheadMs?: number | undefined;
}

/** What a renewal works with. */
export interface RenewalDeps {
  replica: FeedReplica;
  ledger: RenewalLedger;
  terms: RenewalTerms;
  /** What one period of the plan costs now. */
  quote: () => Promise<bigint>;
  /** Buys one period for no more than that. */
  order: (
    maxPriceMsat: bigint,
    onProgress: (step: BuyingStep<OrderState>) => Promise<void>,
  ) => Promise<OrderState>;
  find: (orderId: string) => Promise<OrderState | null>;
  onrenewed: (order: OrderState) => void;
  onfailed: (failure: Failure) => void;
}

/**
 * Buys the next period before the last one ends, within a budget. What is spent is written down before it is, by the end that
 * it renews: killed at any point and begun again, it neither overspends nor pays twice for one period.
 */
export class Renewal {
  readonly #deps: RenewalDeps;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #retryMs = FIRST_RETRY_MS;
  #notBeforeMs = 0;
  #toldOfBudget: number | null = null;
  #closed = false;

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
    deps.replica.on('change', this.wake);
    this.wake();
  }

  /** Whether it may still bring back access that has ended. */
  get isHopeful(): boolean {
    const { access } = this.#deps.replica;
    const isRevoked = access.state === 'invalid' && access.reason === 'revoked';
    return !this.#closed && !isRevoked && this.#toldOfBudget === null;
  }

  /** Looks whether something is to be done. */
  readonly wake = (): void => {
    if (this.#closed || this.#running) return;
    this.#running = this.#step()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#running = null;
        this.#sleep();
      });
  };

  /** Ends it; a payment under way is waited for. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#deps.replica.off('change', this.wake);
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  #sleep(): void {
    if (this.#closed) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(
      this.wake,
      Math.min(Math.max(this.#waitMs(), MIN_TIMER_MS), MAX_TIMER_MS),
    );
  }

  #waitMs(): number {
    const endMs = this.#endLocalMs();
    if (endMs === null) return MAX_TIMER_MS;
    return Math.max(endMs - this.#aheadMs(), this.#notBeforeMs) - Date.now();
  }

  async #step(): Promise<void> {
    const { ledger, replica } = this.#deps;
    if (Date.now() < this.#notBeforeMs) return;
    const { access, expiresAtMs } = replica;
    if (access.state === 'valid' && expiresAtMs !== null) await ledger.noteEnd(expiresAtMs);
    const { pending } = ledger;
    if (pending?.orderId !== undefined && (await this.#goOn(pending, pending.orderId))) return;
    const endMs = this.#dueEndMs();
    if (endMs !== null) await this.#begin(endMs);
    else if (pending && access.state !== 'unknown') await ledger.release();
  }

  /** Goes on with an order of an earlier run or attempt. @returns false when nothing can become of it any more */
  async #goOn(entry: RenewalEntry, orderId: string): Promise<boolean> {
    const { endMs, priceMsat, isSpent } = entry;
    const order = await this.#deps.find(orderId);
    if (order?.state === 'paid') await this.#settle(order);
    // The market has yet to hear of the payment.
    else if (order?.state === 'open' && isSpent) this.#backOff();
    else if (order?.state === 'open') await this.#pay(endMs, BigInt(priceMsat));
    else if (isSpent || (order && order.payments.length > 0)) {
      await this.#deps.ledger.settle(Date.now());
      throw paidInVain(orderId, order?.refundableMsat ?? '0');
    } else return false;
    return true;
  }

  /** The end of access that is to be renewed now; null when none is. */
  #dueEndMs(): number | null {
    const { ledger, replica } = this.#deps;
    const { access } = replica;
    if (access.state === 'unknown') return null;
    if (access.state === 'invalid' && access.reason === 'revoked') return null;
    const endMs = ledger.lastEndMs;
    if (endMs === null || ledger.isRenewed(endMs)) return null;
    if (access.state === 'valid' && access.expiresAtMs !== endMs) return null;
    const localEndMs = this.#endLocalMs() ?? Number.NEGATIVE_INFINITY;
    return access.state === 'invalid' || Date.now() >= localEndMs - this.#aheadMs() ? endMs : null;
  }

  async #begin(endMs: number): Promise<void> {
    const { ledger, quote, terms } = this.#deps;
    const priceMsat = await quote();
    const spentMsat = ledger.spentSince(this.#windowStartMs());
    if (spentMsat + priceMsat > terms.budgetMsat) {
      await ledger.release();
      return this.#tellBudget(endMs, spentMsat, priceMsat);
    }
    this.#toldOfBudget = null;
    await ledger.reserve(endMs, priceMsat, Date.now());
    await this.#pay(endMs, priceMsat);
  }

  async #pay(endMs: number, priceMsat: bigint): Promise<void> {
    const { ledger, order } = this.#deps;
    const paid = await order(priceMsat, async ({ step, order: { id, priceMsat: agreedMsat } }) => {
      if (step === 'paying') await ledger.noteOrder(id, agreedMsat);
      if (step === 'paid' || step === 'waiting') await ledger.noteSpent();
    }).catch(async (error: unknown) => {
      // What an earlier attempt gave to the wallet: it counts, and this end is not paid for again.
      if (isUnacknowledged(error)) await ledger.settle(Date.now());
      throw error;
    });
    if (!isUntil(paid, endMs)) return this.#settle(paid);
    // A purchase that was paid before, and killed before that was noted, has ended here: it has not renewed this.
    if (!ledger.pending?.isSpent) return ledger.release();
    await ledger.settle(Date.now());
    throw paidInVain(paid.id, paid.refundableMsat);
  }

  async #settle(order: OrderState): Promise<void> {
    const { ledger, onrenewed } = this.#deps;
    await ledger.settle(Date.now());
    const endMs = order.grant?.expiresAtMs ?? null;
    if (endMs !== null && endMs > (ledger.lastEndMs ?? 0)) await ledger.noteEnd(endMs);
    this.#retryMs = FIRST_RETRY_MS;
    this.#notBeforeMs = 0;
    onrenewed(order);
  }

  #tellBudget(endMs: number, spentMsat: bigint, priceMsat: bigint): void {
    this.#backOff();
    if (this.#toldOfBudget === endMs) return;
    this.#toldOfBudget = endMs;
    const { budgetMsat } = this.#deps.terms;
    const message = `another period costs ${priceMsat} msat, and ${spentMsat} of ${budgetMsat} msat are spent`;
    const hint = 'raise the budget, or extend by hand';
    this.#deps.onfailed(new Failure(EXIT.notPaid, 'budget-spent', message, hint));
  }

  #backOff(): void {
    this.#notBeforeMs = Date.now() + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  #fail(error: unknown): void {
    this.#backOff();
    if (this.#closed) return;
    const failure =
      error instanceof Failure
        ? error
        : new Failure(EXIT.fault, 'fault', error instanceof Error ? error.message : String(error));
    this.#deps.onfailed(failure);
  }

  #windowStartMs(): number {
    const { perMs } = this.#deps.terms;
    return perMs === undefined ? Number.NEGATIVE_INFINITY : Date.now() - perMs;
  }

  #endLocalMs(): number | null {
    const { ledger, replica } = this.#deps;
    return replica.expiresAtLocalMs ?? ledger.lastEndMs;
  }

  #aheadMs(): number {
    const { aheadMs, plan } = this.#deps.terms;
    const share = (plan.periodMs ?? 0) * AHEAD_SHARE;
    return aheadMs ?? Math.min(Math.max(share, MIN_AHEAD_MS), MAX_AHEAD_MS);
  }
}

const isUntil = ({ grant }: OrderState, endMs: number) =>
  grant !== null && grant.expiresAtMs !== null && grant.expiresAtMs <= endMs;

const isUnacknowledged = (error: unknown) =>
  error instanceof Failure && error.code === 'payment-unacknowledged';

const paidInVain = (orderId: string, refundableMsat: string) =>
  new Failure(
    EXIT.paymentPending,
    'paid-in-vain',
    `order ${orderId}, which the wallet paid or may have, renewed nothing: ${refundableMsat} msat are refundable`,
    'ask the market about it; this period is not paid again by itself',
  );
