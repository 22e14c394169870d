import type { Idempotency } from '../domain/idempotency.ts';
import type { Msat } from '../domain/money.ts';
import { reachOf } from '../domain/reach.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { NodeUnreachable } from '../ports/lightning.ts';
import { tell } from '../ports/measures.ts';
import { inSpan } from '../ports/trace.ts';
import type { Order } from '../prisma/client/client.ts';
import { keyPairOfClaimCode, newClaimCode } from '../protocol/claim-code.ts';
import { announce } from './announce.ts';
import { grantAnnouncement } from './announce-grant.ts';
import { orderPaid } from './announce-order.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { findSale, type Sale } from './find-sale.ts';
import { once } from './idempotent.ts';
import { grantFields, issueGrant } from './issue-grant.ts';
import { makeInvoice, prepareInvoice } from './make-invoice.ts';
import { keptTrace } from './order-trace.ts';
import { type QuotedPlan, quotePlan } from './quote-plan.ts';
import { trialBar } from './trial-bar.ts';

const MAX_OPEN_ORDERS = 20;
// What 128 random bits take in base64: whoever guesses the key of such an order is shown its claim code.
const MIN_CLAIM_KEY_LENGTH = 22;

type Bytes = Uint8Array<ArrayBuffer>;

/** What it takes without the node. */
type Reserving = Omit<FlowDeps, 'lightning'>;

export interface OrderRequest {
  listingSlug: string;
  planName: string;
  quantity: number;
  /** null: the grant goes to the key of a claim code, which is made with the order. */
  buyerKey: Bytes | null;
  /** The hash of the terms of use that the buyer accepts. */
  acceptedTerms: Bytes | null;
  /** Of a trial: proof that it was worked for. */
  work?: string | undefined;
  /** Of a trial: whoever asks is held to the limit `trials` instead. */
  isLimited?: boolean;
  /** The most that the buyer agrees to; left out: whatever it costs. */
  maxPriceMsat?: Msat | undefined;
  idempotency: Idempotency;
}

export interface PlacedOrder {
  orderId: string;
  /** Of an order without a buyer key. It is kept nowhere: only repeating the request tells it again. */
  claimCode: string | null;
}

/**
 * Opens an order and its invoice. The order and the preimage are written before the node is asked, so that whatever
 * dies in between, the same idempotency key finds the same order and finishes it: no second order, and no payable
 * invoice that nobody would credit.
 */
export async function placeOrder(
  deps: FlowDeps,
  request: OrderRequest,
): Promise<PlacedOrder | Refusal> {
  const reserved = await reserveOrder(deps, request);
  if (isRefusal(reserved)) return reserved;
  return (await invoiceOrder(deps, reserved.orderId)) ?? reserved;
}

/** The first half of {@link placeOrder}: the order is there, and its invoice still has to be asked for. */
export function reserveOrder(
  deps: Reserving,
  request: OrderRequest,
): Promise<PlacedOrder | Refusal> {
  return inSpan('place order', {}, async (span) => {
    const reserved = await reserve(deps, request);
    const outcome = isRefusal(reserved)
      ? { 'dazaar.outcome': reserved.refused }
      : { 'dazaar.outcome': 'placed', 'dazaar.order_id': reserved.orderId };
    span.setAttributes({ ...outcome, 'dazaar.listing': request.listingSlug });
    return reserved;
  });
}

async function reserve(deps: Reserving, request: OrderRequest): Promise<PlacedOrder | Refusal> {
  const { buyerKey, idempotency } = request;
  if (!buyerKey && idempotency.key.length < MIN_CLAIM_KEY_LENGTH) {
    return refuse('idempotency-key-weak', 'Send a random Idempotency-Key of 128 bits or more.');
  }
  const scope = `${idempotency.scope}:${buyerKey ? hex(buyerKey) : 'claim'}`;
  const story: { opened?: Opened | Refusal } = {};
  const opened = await deps.prisma.$transaction((tx) =>
    once(tx, { ...idempotency, scope }, async () => {
      story.opened = await openOrder(tx, deps, request);
      return story.opened;
    }),
  );
  if (isRefusal(opened)) return opened;
  if (!opened.replayed) tell('order', { became: 'placed' });
  if (story.opened && !isRefusal(story.opened)) logPlaced(deps, story.opened);
  const orderId = opened.id;
  return { orderId, claimCode: buyerKey ? null : claimCodeOf(deps, orderId, idempotency) };
}

/** The second half: gets the order its invoice. It may be tried again for as long as the order is open. */
export async function invoiceOrder(deps: FlowDeps, orderId: string): Promise<Refusal | null> {
  try {
    await makeInvoice(deps, orderId);
    return null;
  } catch (error) {
    if (!(error instanceof NodeUnreachable)) throw error;
    deps.log.warn({ err: error, orderId }, 'no invoice yet');
    return refuse(
      'node-unreachable',
      'The Lightning node does not answer. Nothing was charged; try again.',
    );
  }
}

/** An order as it was opened, and what it gave at once where it costs nothing. */
interface Opened {
  id: string;
  order: Order;
  given: Awaited<ReturnType<typeof issueGrant>> | null;
}

function logPlaced({ log }: Reserving, { id: orderId, order, given }: Opened): void {
  const { listingId, quantity, priceMsat } = order;
  log.info({ orderId, listingId, quantity, priceMsat }, 'placed');
  if (given) log.info({ orderId, ...grantFields(given) }, 'granted');
}

async function openOrder(
  tx: Tx,
  deps: Reserving,
  request: OrderRequest,
): Promise<Opened | Refusal> {
  const sale = await findSale(tx, request.listingSlug, request.planName);
  if (isRefusal(sale)) return sale;
  const now = await nowMs(tx);
  const quoted = await quotePlan(tx, sale.plan, request.quantity, now);
  if (isRefusal(quoted)) return quoted;
  const bar =
    termsBar(sale, request) ??
    priceBar(quoted, request) ??
    trialBar(sale, request, deps.trialWorkBits) ??
    (await buyerBar(tx, quoted, request));
  if (bar) return bar;
  const order = await createOrder(tx, deps, request, sale, quoted, now);
  if (!order) {
    return refuse('trial-used', `This key has had its trial of "${sale.listing.slug}".`);
  }
  const { id } = order;
  if (quoted.priceMsat === 0n) return { id, order, given: await giveForFree(tx, sale, order, now) };
  await prepareInvoice(tx, order, sale.listing);
  return { id, order, given: null };
}

function termsBar({ listing }: Sale, { acceptedTerms }: OrderRequest): Refusal | null {
  const { slug, termsHash } = listing;
  if (!termsHash || (acceptedTerms && Buffer.compare(termsHash, acceptedTerms) === 0)) return null;
  const inForce = `the terms of use of "${slug}" are at /v1/terms/${hex(termsHash)}`;
  return acceptedTerms
    ? refuse('terms-changed', `These are not the terms in force: ${inForce}.`)
    : refuse('terms-not-accepted', `Accept them with their hash: ${inForce}.`);
}

function priceBar({ priceMsat }: QuotedPlan, { maxPriceMsat }: OrderRequest): Refusal | null {
  if (maxPriceMsat === undefined || priceMsat <= maxPriceMsat) return null;
  return refuse(
    'price-changed',
    `It costs ${priceMsat} msat now, and not ${maxPriceMsat} or less.`,
  );
}

async function buyerBar(
  tx: Tx,
  { priceMsat }: QuotedPlan,
  { buyerKey }: OrderRequest,
): Promise<Refusal | null> {
  if (!buyerKey || priceMsat === 0n) return null;
  const name = `open-orders:${hex(buyerKey)}`;
  await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))) AS locked`;
  const open = await tx.order.count({ where: { buyerKey, state: 'open' } });
  if (open < MAX_OPEN_ORDERS) return null;
  return refuse('too-many-open-orders', `This key has ${open} unpaid orders.`);
}

/** @returns null when the key has had its trial */
async function createOrder(
  tx: Tx,
  deps: Reserving,
  { buyerKey, quantity, acceptedTerms, idempotency }: OrderRequest,
  { listing, plan }: Sale,
  { priceMsat, durationMs, locked }: QuotedPlan,
  now: number,
): Promise<Order | null> {
  const [{ id }] = await tx.$queryRaw<[{ id: string }]>`SELECT uuidv7()::text AS id`;
  const free = priceMsat === 0n;
  const [order] = await tx.order.createManyAndReturn({
    data: {
      id,
      listingId: listing.id,
      planId: plan.id,
      buyerKey: buyerKey ?? keyOf(claimCodeOf(deps, id, idempotency)),
      quantity,
      priceMsat,
      durationMs: durationMs === null ? null : BigInt(durationMs),
      termsHash: listing.termsHash && acceptedTerms,
      trial: plan.kind === 'trial',
      expiresAt: new Date(now + deps.orderTtlMs),
      ...locked,
      ...keptTrace(),
      ...(free ? { state: 'paid', paidAt: new Date(now) } : {}),
    },
    skipDuplicates: true,
  });
  return order ?? null;
}

async function giveForFree(
  tx: Tx,
  { listing, plan, feed, length }: Sale,
  order: Order,
  now: number,
) {
  const { buyerKey } = order;
  const durationMs = order.durationMs === null ? null : Number(order.durationMs);
  const given = await issueGrant(tx, {
    feedId: feed.id,
    buyerKey,
    durationMs,
    reach: reachOf(plan, length),
    paymentHash: null,
    nowMs: now,
  });
  const { grant, change, writeLog } = given;
  await announce(
    tx,
    orderPaid({ ...order, ...listing, id: order.id, planName: plan.name }, now),
    grantAnnouncement(`grant.${change}`, grant, listing),
    { topic: 'grant.changed', subjectId: grant.id },
  );
  await writeLog();
  tell('order', { became: 'paid' });
  return given;
}

// Known only to who has both the market's secret and the request's key, and another for a key that is used again later.
function claimCodeOf({ keys }: Reserving, orderId: string, { key }: Idempotency): string {
  return newClaimCode(keys.derive('claim-code'), `${orderId} ${key}`);
}

function keyOf(claimCode: string): Bytes {
  return Uint8Array.from(keyPairOfClaimCode(claimCode)!.publicKey);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
