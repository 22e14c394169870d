import { createHash } from 'node:crypto';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { placeOrder, reserveOrder } from '../../flow/place-order.ts';
import { type Offer, readOffer } from '../../flow/read-offer.ts';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import type { Asked, Outcome } from './answer.ts';
import type { Asker, DeskDeps } from './deps.ts';

const SCOPE = 'swarm';

/** Places an order for the key of the connection, or finds it again by its idempotency key, and watches it. */
export async function answerOrder(
  deps: DeskDeps,
  { key: buyerKey, watches }: Asker,
  asked: Asked<'order'>,
): Promise<Outcome> {
  const { feedId, plan, quantity, acceptTerms, maxPriceMsat } = asked;
  const offer = await readOffer(deps.prisma, feedId);
  if (!offer) return refuse('listing-not-found', 'No listing sells this feed.');
  const { lightning } = deps;
  if (!lightning && isPaid(offer, plan)) {
    return refuse('node-unreachable', `This seeder makes no invoices: order at ${deps.marketUrl}.`);
  }
  const request = {
    listingSlug: offer.listing.slug,
    planName: plan,
    quantity,
    buyerKey,
    acceptedTerms: acceptTerms === undefined ? null : fromHex(acceptTerms),
    maxPriceMsat: maxPriceMsat === undefined ? undefined : BigInt(maxPriceMsat),
    work: asked.work,
    idempotency: { scope: SCOPE, key: asked.idempotencyKey, requestHash: hashOf(asked) },
  };
  const placed = lightning
    ? await placeOrder({ ...deps, lightning }, request)
    : await reserveOrder(deps, request);
  if (isRefusal(placed)) return placed;
  const state = await watches.watch(placed.orderId);
  if (!state) throw new Error(`order ${placed.orderId} is gone`);
  return state;
}

function isPaid({ plans }: Offer, name: string): boolean {
  return plans.some((plan) => plan.name === name && plan.kind !== 'free' && plan.kind !== 'trial');
}

// What is ordered, whichever question asks for it.
function hashOf({ id: _, idempotencyKey: __, ...ordered }: Asked<'order'>) {
  return Uint8Array.from(createHash('sha256').update(canonicalJson(ordered)).digest());
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
