import { type Html, html, NOTHING } from '../../html.ts';
import { inclusions } from '../../parts/inclusions.ts';
import { duration, fiat, planTerm, sats } from '../../parts/money.ts';
import { moment } from '../../parts/time.ts';
import type { OrderOffer, Quote } from './order-offer.ts';
import { aboutFiat } from './summary.ts';

/** What it costs and how long it lasts, and the button. */
export function quoteCard(offer: OrderOffer): Html {
  const { plan, quantity, quote, listing, ownKeys } = offer;
  const isFree = quote?.priceMsat === '0';
  const opened = inclusions(plan);
  return html`<aside class="card checkout-summary" aria-labelledby="quote-title">
<h2 id="quote-title">Your order</h2>
<div id="quote" aria-live="polite">
<dl class="facts">
<dt>Plan</dt><dd>${quantity > 1 && `${quantity} × `}${planTerm(plan)} <span class="quiet">(${plan.name})</span></dd>
${opened && html`<dt>Opens</dt><dd>${opened}</dd>`}
${
  quote &&
  html`<dt>Access</dt><dd>${access(
    quote,
    ownKeys.some(({ isLive }) => isLive),
  )}</dd>
<dt>Price</dt><dd>${isFree ? html`<strong>free</strong>` : price(quote)}</dd>`
}
</dl>
${trialNote(offer)}
</div>
<p><button id="order">${isFree ? 'Get access' : 'Go to payment'}</button></p>
<p class="quiet">${isFree ? 'There is nothing to pay.' : 'Nothing is charged yet: the next page shows the invoice.'} <a href="/listings/${listing.slug}">Back to the data</a></p>
</aside>`;
}

function trialNote({ plan, trialWorkBits, listing }: OrderOffer): Html {
  if (plan.kind !== 'trial' || trialWorkBits === 0) return NOTHING;
  return html`<p class="quiet" id="trial-work" data-bits="${trialWorkBits}" data-feed="${listing.feed.id}">A trial costs your browser some seconds of work, so that nobody takes them by the thousand. Without scripts, or for a claim code, a few a day are given to an address.</p>`;
}

// What is extended ends later than what begins now: each choice says when.
function access({ durationMs, nowMs, priceMsat }: Quote, mayExtend: boolean): Html {
  if (durationMs === null) return html`without an end`;
  if (mayExtend) return html`${duration(durationMs)}`;
  return html`${duration(durationMs)}<br><span class="quiet">until ${moment(nowMs + durationMs)} ${priceMsat === '0' ? 'if you take it now' : 'if you pay now'}</span>`;
}

function price({ priceMsat, locked, about }: Quote): Html {
  if (!locked) {
    return html`<strong class="amount">${sats(priceMsat)}</strong>${about && html`<br><span class="quiet">${aboutFiat(about)}</span>`}`;
  }
  const unit = sats(BigInt(Math.round(Number(locked.msatPerUnit))));
  return html`<strong class="amount">${fiat(locked.currency, locked.priceMinor)}</strong><br>${sats(priceMsat)}
<span class="quiet">at ${unit} for 1 ${locked.currency}; locked when you go on</span>`;
}
