import { type Html, html } from '../../html.ts';
import { duration, fiat, sats } from '../../parts/money.ts';
import { moment } from '../../parts/time.ts';
import type { Checkout } from './checkout.ts';

/** What is bought, beside what became of it. */
export function summary({ order, listing, durationMs, about }: Checkout): Html {
  const { priceMsat, quantity, plan, buyerKey } = order;
  return html`<aside class="card checkout-summary" aria-labelledby="bought">
<h2 id="bought">Your order</h2>
<dl class="facts">
<dt>Data</dt><dd><a href="/listings/${listing.slug}">${listing.title}</a></dd>
<dt>Seller</dt><dd>${listing.seller.name}</dd>
<dt>Plan</dt><dd>${quantity > 1 && `${quantity} × `}${durationMs === null ? endless(priceMsat) : duration(durationMs / quantity)} <span class="quiet">(${plan})</span></dd>
<dt>Access</dt><dd>${durationMs === null ? 'without an end' : duration(durationMs)}</dd>
<dt>Price</dt><dd>${priceMsat === '0' ? 'free' : html`<strong>${sats(priceMsat)}</strong><br>`}${inFiat(order, about)}</dd>
<dt>Buyer key</dt><dd><span class="key" title="${buyerKey}">${shortKey(buyerKey)}</span></dd>
<dt>Ordered</dt><dd>${moment(order.createdAtMs)}</dd>
</dl>
<p class="quiet">The address of this page opens your order. Keep it to yourself.</p>
</aside>`;
}

const endless = (priceMsat: string) => (priceMsat === '0' ? 'Free' : 'For ever');

/** What a price is in a currency: what it was locked at, or about how much it is. */
export function inFiat({ rate }: Checkout['order'], about: Checkout['about']): Html {
  if (rate) {
    const unit = sats(BigInt(Math.round(Number(rate.msatPerUnit))));
    return html`${fiat(rate.currency, Number(rate.priceMinor))}
<span class="quiet">locked at ${unit} for 1 ${rate.currency}</span>`;
  }
  return html`${about && html`<span class="quiet">${aboutFiat(about)}</span>`}`;
}

export function aboutFiat({ currency, amountMinor }: NonNullable<Checkout['about']>): string {
  return amountMinor < 1
    ? `less than ${fiat(currency, 1)}`
    : `about ${fiat(currency, Math.round(amountMinor))}`;
}

export function shortKey(key: string): string {
  return `${key.slice(0, 8)}…${key.slice(-8)}`;
}
