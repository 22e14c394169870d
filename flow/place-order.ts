import { createHash, randomBytes } from 'node:crypto';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { NodeUnreachable } from '../ports/lightning.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { issueGrant } from './issue-grant.ts';
import { quotePlan } from './quote-plan.ts';

// A node rounds to seconds, and takes an expiry of zero for its default of a day.
const MIN_INVOICE_MS = 1_000;

type Bytes = Uint8Array<ArrayBuffer>;

export interface OrderRequest {
  listingSlug: string;
  planName: string;
  quantity: number;
  buyerKey: Bytes;
  idempotencyKey: string;
}

/**
 * Opens an order and its invoice. The order and the preimage are written before the node is asked, so that whatever
 * dies in between, the same idempotency key finds the same order and finishes it: no second order, and no payable
 * invoice that nobody would credit.
 */
export async function placeOrder(
  deps: FlowDeps,
  request: OrderRequest,
): Promise<{ orderId: string } | Refusal> {
  const opened = await deps.prisma.$transaction((tx) => openOrder(tx, deps, request));
  if (isRefusal(opened)) return opened;
  try {
    await makeInvoice(deps, opened.orderId);
  } catch (error) {
    if (!(error instanceof NodeUnreachable)) throw error;
    deps.log.warn({ err: error, orderId: opened.orderId }, 'no invoice yet');
    return refuse(
      'node-unreachable',
      'The Lightning node does not answer. Nothing was charged; try again.',
    );
  }
  return opened;
}

async function openOrder(
  tx: Tx,
  deps: FlowDeps,
  request: OrderRequest,
): Promise<{ orderId: string } | Refusal> {
  const buyer = Buffer.from(request.buyerKey).toString('hex');
  const scope = `order:${buyer}`;
  const { idempotencyKey: key } = request;
  // Two requests with one key wait for each other here; the second finds what the first has written.
  await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(${`${scope}:${key}`}, 0))) AS locked`;
  const requestHash = hashRequest(request, buyer);
  const known = await tx.idempotencyKey.findUnique({ where: { scope_key: { scope, key } } });
  if (known) {
    if (Buffer.compare(known.requestHash, requestHash) === 0) return { orderId: known.resourceId };
    return refuse(
      'idempotency-key-reused',
      'This Idempotency-Key came with another request before.',
    );
  }
  const order = await createOrder(tx, deps, request);
  if (isRefusal(order)) return order;
  await tx.idempotencyKey.create({ data: { scope, key, requestHash, resourceId: order.orderId } });
  return order;
}

async function createOrder(
  tx: Tx,
  deps: FlowDeps,
  request: OrderRequest,
): Promise<{ orderId: string } | Refusal> {
  const sale = await findSale(tx, request);
  if (isRefusal(sale)) return sale;
  const { listing, plan, feed } = sale;
  const now = await nowMs(tx);
  const quoted = await quotePlan(tx, plan, request.quantity, now);
  if (isRefusal(quoted)) return quoted;
  const expiresAt = new Date(now + deps.orderTtlMs);
  const free = quoted.priceMsat === 0n;
  const { buyerKey, quantity } = request;
  const order = await tx.order.create({
    data: {
      listingId: listing.id,
      planId: plan.id,
      buyerKey,
      quantity,
      priceMsat: quoted.priceMsat,
      durationMs: quoted.durationMs === null ? null : BigInt(quoted.durationMs),
      expiresAt,
      ...quoted.locked,
      ...(free ? { state: 'paid', paidAt: new Date(now) } : {}),
    },
  });
  if (free) {
    const { durationMs } = quoted;
    const purchase = { feedId: feed.id, buyerKey, durationMs, paymentHash: null, nowMs: now };
    const { grant, writeLog } = await issueGrant(tx, purchase);
    await tx.outbox.create({ data: { topic: 'grant.changed', subjectId: grant.id } });
    await writeLog();
    return { orderId: order.id };
  }
  const preimage = randomBytes(32);
  await tx.invoice.create({
    data: {
      paymentHash: createHash('sha256').update(preimage).digest(),
      orderId: order.id,
      preimage,
      amountMsat: quoted.priceMsat,
      expiresAt,
    },
  });
  return { orderId: order.id };
}

async function findSale(tx: Tx, request: OrderRequest) {
  const listing = await tx.listing.findUnique({
    where: { slug: request.listingSlug },
    include: { feed: { include: { cores: true } }, plans: true },
  });
  if (!listing || listing.state === 'draft') {
    return refuse('listing-not-found', `There is no listing "${request.listingSlug}".`);
  }
  if (listing.state === 'withdrawn' || !listing.feed || listing.feed.cores.length === 0) {
    return refuse('listing-not-for-sale', `"${listing.slug}" is not for sale.`);
  }
  const plans = listing.plans.filter((plan) => !plan.retiredAt);
  const plan = plans.find(({ name }) => name === request.planName);
  if (!plan) {
    const names = plans.map(({ name }) => name).join(', ');
    return refuse(
      'plan-not-found',
      `"${listing.slug}" has no plan "${request.planName}", but: ${names}.`,
    );
  }
  return { listing, plan, feed: listing.feed };
}

/** Asks the node for the order's invoice if it has none yet. Safe to repeat and to run twice at once. */
async function makeInvoice(deps: FlowDeps, orderId: string): Promise<void> {
  const invoice = await deps.prisma.invoice.findFirst({
    where: { orderId, state: 'preparing', order: { state: 'open' } },
    include: { order: { include: { listing: true, plan: true } } },
  });
  // Repeated too late, the order has nothing to pay any more: it lapses without an invoice.
  if (!invoice || invoice.expiresAt.getTime() - MIN_INVOICE_MS < (await nowMs(deps.prisma))) return;
  const { order, paymentHash } = invoice;
  const nodeKey = await deps.lightning.nodeKey();
  const { bolt11 } = await deps.lightning.createInvoice({
    preimage: invoice.preimage,
    amountMsat: invoice.amountMsat,
    description: `${order.listing.title}: ${order.quantity} × ${order.plan.name}`,
    expiresAtMs: invoice.expiresAt.getTime(),
  });
  await deps.prisma.invoice.updateMany({
    where: { paymentHash, state: 'preparing' },
    data: { state: 'open', bolt11, nodeKey },
  });
}

function hashRequest(request: OrderRequest, buyer: string): Buffer<ArrayBuffer> {
  const { listingSlug, planName, quantity } = request;
  const text = JSON.stringify([listingSlug, planName, quantity, buyer]);
  return createHash('sha256').update(text).digest();
}
