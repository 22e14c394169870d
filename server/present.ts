import type { Grant, Listing, Order, Plan } from '../contract/index.ts';
import type { ListingRow } from '../flow/read-listings.ts';
import type { OrderView } from '../flow/read-orders.ts';
import type { Grant as GrantRow, Plan as PlanRow } from '../prisma/client/client.ts';

export function presentListing(row: ListingRow): Listing {
  const { slug, title, description, tags, licence, sourceUrl, state, seller, feed } = row;
  if (!feed) throw new Error(`listing ${slug} has no feed`);
  return {
    slug,
    title,
    description,
    tags,
    licence,
    sourceUrl,
    state,
    seller: { id: seller.id, name: seller.name },
    feed: {
      id: feed.id,
      kind: feed.kind,
      origin: feed.origin,
      blockSchema: feed.blockSchema as Record<string, unknown>,
      cores: feed.cores.map((core) => ({
        role: core.role,
        key: hex(core.key),
        length: Number(core.length),
        byteLength: Number(core.byteLength),
        lastBlockAtMs: core.lastBlockAt?.getTime() ?? null,
      })),
    },
    plans: row.plans.map(presentPlan),
    publishedAtMs: row.publishedAt?.getTime() ?? null,
  };
}

function presentPlan({ name, kind, priceMsat, periodMs }: PlanRow): Plan {
  return {
    name,
    kind,
    priceMsat: priceMsat?.toString() ?? '0',
    periodMs: periodMs === null ? null : Number(periodMs),
  };
}

export function presentOrder({ order, invoice, payment, grant, nowMs }: OrderView): Order {
  return {
    id: order.id,
    state: order.state,
    listing: order.listingSlug,
    plan: order.planName,
    quantity: order.quantity,
    buyerKey: hex(order.buyerKey),
    priceMsat: order.priceMsat.toString(),
    createdAtMs: order.createdAt.getTime(),
    expiresAtMs: order.expiresAt.getTime(),
    invoice: presentInvoice(invoice),
    payment: payment && {
      paymentHash: hex(payment.paymentHash),
      outcome: payment.outcome,
      receivedMsat: payment.receivedMsat.toString(),
      refundableMsat: payment.refundableMsat.toString(),
      settledAtMs: payment.settledAt.getTime(),
    },
    grant: grant && presentGrant({ ...grant, listingSlug: order.listingSlug }),
    nowMs,
  };
}

function presentInvoice(invoice: OrderView['invoice']): Order['invoice'] {
  if (!invoice?.bolt11 || invoice.state === 'preparing') return null;
  return {
    paymentHash: hex(invoice.paymentHash),
    bolt11: invoice.bolt11,
    amountMsat: invoice.amountMsat.toString(),
    state: invoice.state,
    expiresAtMs: invoice.expiresAt.getTime(),
  };
}

export function presentGrant(grant: GrantRow & { listingSlug: string }): Grant {
  return {
    id: grant.id,
    listing: grant.listingSlug,
    feedId: grant.feedId,
    buyerKey: hex(grant.buyerKey),
    state: grant.state,
    startsAtMs: grant.startsAt.getTime(),
    expiresAtMs: grant.expiresAt?.getTime() ?? null,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
