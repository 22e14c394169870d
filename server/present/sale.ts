import type { Buyer, GivenGrant, Sale, SaleDetail } from '../../contract/sale.ts';
import { isOver, leftOf } from '../../domain/grant.ts';
import type { BuyerRow } from '../../flow/read-buyers.ts';
import type { GivenGrantRow } from '../../flow/read-given-grants.ts';
import type { readSale, SaleRow } from '../../flow/read-sales.ts';
import type { GrantLog } from '../../prisma/client/client.ts';
import { presentGrant } from './grant.ts';
import { presentPayment, presentRate } from './order.ts';

export function presentSale(row: SaleRow): Sale {
  const credited = row.payments.reduce((sum, { creditedMsat }) => sum + creditedMsat, 0n);
  return {
    id: row.id,
    state: row.state,
    listing: row.listing.slug,
    plan: row.plan.name,
    quantity: row.quantity,
    buyerKey: hex(row.buyerKey),
    priceMsat: row.priceMsat.toString(),
    rate: presentRate(row),
    termsHash: row.termsHash && hex(row.termsHash),
    creditedMsat: credited.toString(),
    refundableMsat: row.refundableMsat.toString(),
    payments: row.payments.map(presentPayment),
    createdAtMs: row.createdAt.getTime(),
    expiresAtMs: row.expiresAt.getTime(),
    paidAtMs: row.paidAt?.getTime() ?? null,
  };
}

export function presentSaleDetail({
  sale,
  grant,
  split,
}: NonNullable<Awaited<ReturnType<typeof readSale>>>): SaleDetail {
  return {
    ...presentSale(sale),
    grant: grant && presentGrant({ ...grant, listingSlug: sale.listing.slug }),
    commissionMsat: split.commissionMsat.toString(),
    netMsat: split.netMsat.toString(),
  };
}

/** A grant by the clock: whoever's time is over has no live one, though it may not be recorded yet. */
export function presentGivenGrant(row: GivenGrantRow, nowMs: number): GivenGrant {
  const term = {
    startsAtMs: row.startsAt.getTime(),
    expiresAtMs: row.expiresAt?.getTime() ?? null,
  };
  const hasExpired = row.state === 'live' && isOver(term, nowMs);
  return {
    ...presentGrant(row),
    state: hasExpired ? 'expired' : row.state,
    leftMs: leftOf(term, nowMs),
    createdAtMs: row.createdAt.getTime(),
  };
}

export function presentGrantLog(row: GrantLog) {
  return {
    change: row.change,
    startsAtMs: row.startsAt.getTime(),
    expiresAtMs: row.expiresAt?.getTime() ?? null,
    fromBlock: Number(row.fromBlock),
    maxConnections: row.maxConnections,
    paymentHash: row.paymentHash && hex(row.paymentHash),
    reason: row.reason,
    atMs: row.at.getTime(),
  };
}

export function presentBuyer({ grant, ...row }: BuyerRow, nowMs: number): Buyer {
  return {
    buyerKey: hex(grant.buyerKey),
    grant: presentGivenGrant(grant, nowMs),
    orders: row.orders,
    creditedMsat: row.creditedMsat.toString(),
    firstPaidAtMs: row.firstPaidAt?.getTime() ?? null,
    lastPaidAtMs: row.lastPaidAt?.getTime() ?? null,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
