import type { Payout } from '../../../contract/payout.ts';
import type { GivenGrant, Sale, SaleDetail } from '../../../contract/sale.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { fiat, sats } from '../../parts/money.ts';
import { moment } from '../../parts/time.ts';
import { orderBadge, payoutBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { grantActions, grantTerm } from './grant.ts';
import { shortKey, wholeKey } from './short-key.ts';

export interface SaleView {
  sale: SaleDetail;
  grant: GivenGrant | null;
  /** What was paid back of it, or is on its way. */
  refunds: Payout[];
  nowMs: number;
}

/** One order, with all that came in for it and what it gave. */
export function salePage({ sale, grant, refunds, nowMs }: SaleView): Page {
  const main = html`<p><a href="/desk/sales">← Sales</a></p>
<h1>Order of ${sale.listing} ${orderBadge(sale.state)}</h1>
<dl class="facts">
<dt>Listing</dt><dd><a href="/desk/listings/${sale.listing}">${sale.listing}</a></dd>
<dt>Plan</dt><dd>${sale.plan}${sale.quantity > 1 && ` × ${sale.quantity}`}</dd>
<dt>Price</dt><dd>${price(sale)}</dd>
<dt>Placed</dt><dd>${moment(sale.createdAtMs)}</dd>
${sale.paidAtMs === null ? html`<dt>Payable until</dt><dd>${moment(sale.expiresAtMs)}</dd>` : html`<dt>Paid</dt><dd>${moment(sale.paidAtMs)}</dd>`}
<dt>Buyer key</dt><dd>${wholeKey(sale.buyerKey, 'buyer key')}</dd>
${sale.termsHash && html`<dt>Terms accepted</dt><dd>${shortKey(sale.termsHash, 'hash of the terms')}</dd>`}
<dt>Order id</dt><dd><code class="key">${sale.id}</code></dd>
</dl>
${payments(sale)}
${owed(sale, refunds)}
<h2>Access</h2>
${grant ? access(grant, nowMs) : html`<p>${noAccess(sale)}</p>`}`;
  return deskPage('sales', `Order of ${sale.listing}`, main);
}

function price({ priceMsat, rate }: SaleDetail): Html {
  if (!rate) return html`${sats(priceMsat)}`;
  return html`${sats(priceMsat)} <span class="quiet">(${fiat(rate.currency, Number(rate.priceMinor))} at the rate of ${moment(rate.asOfMs)}, by ${rate.source})</span>`;
}

function payments(sale: SaleDetail): Html {
  const { payments, creditedMsat, commissionMsat, netMsat } = sale;
  if (payments.length === 0) {
    return html`<h2>Payments</h2><p>${sale.priceMsat === '0' ? 'It was free.' : 'Nothing has come in for it.'}</p>`;
  }
  return html`<h2>Payments</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Payments"><table>
<thead><tr><th scope="col">Settled</th><th scope="col">What it was</th><th scope="col" class="number">Received</th><th scope="col" class="number">Owed back</th><th scope="col">Payment hash</th></tr></thead>
<tbody>${payments.map(
    (
      payment,
    ) => html`<tr><td>${moment(payment.settledAtMs)}</td><td>${meaning(payment)}</td><td class="number">${sats(payment.receivedMsat)}</td><td class="number">${sats(payment.refundableMsat)}</td><td>${shortKey(payment.paymentHash, 'payment hash')}</td></tr>
`,
  )}</tbody></table></div>
<dl class="facts split">
<dt>For the order</dt><dd>${sats(creditedMsat)}</dd>
<dt>Market’s commission</dt><dd>${sats(commissionMsat)}</dd>
<dt><strong>Yours</strong></dt><dd><strong>${sats(netMsat)}</strong></dd>
</dl>`;
}

const OUTCOMES: Record<Sale['payments'][number]['outcome'], string> = {
  settled: 'Paid in time.',
  late_honoured: 'Came after the order had lapsed, and counts: the price had not risen.',
  late_refundable:
    'Came too late, or a second time: it bought nothing, and all of it is owed back.',
  underpaid: 'Less than the price: it bought nothing, and all of it is owed back.',
  unknown: 'No order explains it.',
};

function meaning({ outcome, refundableMsat }: Sale['payments'][number]): string {
  if (outcome !== 'settled' || refundableMsat === '0') return OUTCOMES[outcome];
  return 'Paid in time, with more than the price: the surplus is owed back.';
}

function owed({ refundableMsat }: SaleDetail, refunds: Payout[]): Html {
  if (refundableMsat === '0' && refunds.length === 0) return NOTHING;
  const open =
    refundableMsat === '0'
      ? NOTHING
      : html`<p class="notice warn">${sats(refundableMsat)} is owed back to the buyer. Only the buyer can claim it, from the order’s page with an invoice; it is not part of your balance, and there is nothing for you to do.</p>`;
  return html`<h2>Owed back</h2>
${open}
${
  refunds.length > 0 &&
  html`<ul>${refunds.map(
    (refund) =>
      html`<li>${sats(refund.amountMsat)}, asked for ${moment(refund.createdAtMs)} ${payoutBadge(refund.state)}</li>`,
  )}</ul>`
}`;
}

function access(grant: GivenGrant, nowMs: number): Html {
  return html`${grantTerm(grant, nowMs)}
${grantActions(grant)}
<p><a href="/desk/buyers/${grant.id}">All that happened to this access</a></p>`;
}

function noAccess({ state }: SaleDetail): string {
  if (state === 'open') return 'The order is not paid yet: it gives no access.';
  if (state === 'lapsed') return 'The order was not paid in time: it gave no access.';
  return 'The access was handed on to another key.';
}
