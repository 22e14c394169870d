import { createHash, randomBytes } from 'node:crypto';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import type { FlowDeps } from '../../flow/deps.ts';
import { placeOrder } from '../../flow/place-order.ts';
import type { Offer } from '../../flow/read-offer.ts';
import { readOrder } from '../../flow/read-orders.ts';
import { buyerKeyOf, mint } from '../../protocol/l402.ts';

// One that is about to lapse would be paid too late.
const MIN_LEFT_MS = 30_000;
const MAX_OPEN = 10_000;
// A payment that is honoured late starts its grant later than the order could have.
const LATE_MS = 60 * 60 * 1000;

/** What a caller without access asks a price for. */
export interface Purchase {
  plan?: string | undefined;
  quantity: number;
  terms?: string | undefined;
}

/** An order that waits for its payment, as an L402 challenge. */
interface Challenge {
  orderId: string;
  /** The value of WWW-Authenticate. */
  header: string;
  expiresAtMs: number;
}

/** Asks whether the caller may have one more invoice; one that is not allowed was answered already. */
export type Toll = () => Promise<boolean>;

/**
 * Sells access as L402 (bLIP-26): an ordinary order, for a buyer key that the macaroon's token id leads to. As long as
 * the order is open the same caller is shown the same one: an invoice that nobody pays costs the node something.
 */
export class Challenges {
  readonly #deps: FlowDeps;
  readonly #nowMs: () => number;
  readonly #open = new Map<string, Promise<Challenge | Refusal | null>>();

  constructor(deps: FlowDeps, nowMs: () => number) {
    this.#deps = deps;
    this.#nowMs = nowMs;
  }

  /**
   * The challenge that this caller is to pay.
   *
   * @returns why there is none, or null when the toll was refused
   */
  async find(
    caller: string,
    feedId: string,
    offer: Offer,
    purchase: Purchase,
    toll: Toll,
  ): Promise<Pick<Challenge, 'orderId' | 'header'> | Refusal | null> {
    const planName = purchase.plan ?? offer.plans.find(isPaid)?.name;
    if (!planName || offer.plans.some((plan) => plan.name === planName && !isPaid(plan))) {
      return refuse(
        'plan-not-found',
        'Only paid plans are sold over L402: order this one at the market.',
      );
    }
    const { quantity, terms } = purchase;
    // Terms or prices that have changed make another order.
    const { version } = offer.listing;
    const id = JSON.stringify([caller, feedId, version, planName, quantity, terms]);
    const known = await this.#open.get(id);
    if (known && !isRefusal(known) && (await this.#isPayable(known))) return known;
    if (!(await toll())) return null;
    const placing = this.#place(feedId, offer, { plan: planName, quantity, terms });
    this.#remember(id, placing);
    return placing;
  }

  async #isPayable({ orderId, expiresAtMs }: Challenge): Promise<boolean> {
    if (expiresAtMs - this.#nowMs() < MIN_LEFT_MS) return false;
    const order = await this.#deps.prisma.order.findUnique({ where: { id: orderId } });
    return order?.state === 'open';
  }

  #remember(id: string, placing: Promise<Challenge | Refusal | null>): void {
    this.#open.delete(id);
    this.#open.set(id, placing);
    if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value!);
    const forget = () => {
      if (this.#open.get(id) === placing) this.#open.delete(id);
    };
    placing.then((placed) => (!placed || isRefusal(placed)) && forget(), forget);
  }

  async #place(
    feedId: string,
    { listing }: Offer,
    { plan, quantity, terms }: Purchase & { plan: string },
  ): Promise<Challenge | Refusal> {
    const { keys } = this.#deps;
    const tokenId = randomBytes(32);
    const placed = await placeOrder(this.#deps, {
      listingSlug: listing.slug,
      planName: plan,
      quantity,
      buyerKey: buyerKeyOf(keys, tokenId),
      acceptedTerms: terms ? Uint8Array.from(Buffer.from(terms, 'hex')) : null,
      idempotency: {
        scope: 'l402',
        key: tokenId.toString('hex'),
        requestHash: Uint8Array.from(createHash('sha256').update(tokenId).digest()),
      },
    });
    if (isRefusal(placed)) return placed;
    const view = await readOrder(this.#deps.prisma, placed.orderId);
    const { order, invoice } = view!;
    if (!invoice?.bolt11) return refuse('node-unreachable', 'There is no invoice yet; try again.');
    const expiresAtMs = order.expiresAt.getTime();
    const durationMs = order.durationMs === null ? null : Number(order.durationMs);
    const untilMs = durationMs === null ? null : expiresAtMs + durationMs + LATE_MS;
    const ticket = { paymentHash: invoice.paymentHash, tokenId };
    const macaroon = mint(keys, ticket, { feedId, plan, untilMs });
    return { orderId: order.id, header: headerOf(macaroon, invoice.bolt11), expiresAtMs };
  }
}

// Older clients look for macaroon and invoice in this order and no further; newer ones for version and token.
function headerOf(macaroon: string, invoice: string): string {
  return `L402 macaroon="${macaroon}", invoice="${invoice}", version="0", token="${macaroon}"`;
}

function isPaid({ kind }: Offer['plans'][number]): boolean {
  return kind === 'time' || kind === 'forever';
}
