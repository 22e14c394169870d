import type { Plan } from '../../../contract/index.ts';
import { attribute, type Html, html, NOTHING } from '../../html.ts';
import { inclusions } from '../../parts/inclusions.ts';
import { fiat, planTerm, sats, wholeSats } from '../../parts/money.ts';
import { ago, moment } from '../../parts/time.ts';
import type { ListingView } from './view.ts';

const MAX_QUANTITY = 1000;
const MSAT_PER_BITCOIN = 100_000_000_000;
// A plan shorter than this is told by its length alone: it would be over while it is read.
const CLOCK_FROM_MS = 10 * 60_000;
const STALE_MS = 15 * 60_000;

/** What can be bought: a form that leads to the order. */
export function buyForm(view: ListingView): Html {
  const { slug, plans, state, feed, settlement } = view.listing;
  if (state === 'withdrawn') return NOTHING;
  const isForSale = state !== 'draft' && feed.cores.length > 0;
  const sold = plans.filter(isPriced);
  const isTimed = sold.some(({ kind }) => kind === 'time');
  return html`<section class="card buy" aria-labelledby="plans">
<h2 id="plans">Get access</h2>
<form action="/listings/${slug}/buy">
<fieldset class="plans">
<legend class="visually-hidden">Plan</legend>
${plans.map((plan) => choice(plan, plan === sold[0], view))}
</fieldset>
${isTimed ? quantity() : NOTHING}
<p class="total" role="status" data-total></p>
${
  isForSale && sold.length > 0
    ? html`<p><button class="wide">${sold.every(isGiven) ? 'Get access' : 'Buy access'}</button></p>`
    : html`<p><button class="wide" disabled>${isForSale ? 'No price known now' : 'Not for sale yet'}</button></p>`
}
</form>
<p class="quiet small">${sold.every(isGiven) ? NOTHING_TO_PAY : HOW[settlement]}</p>
</section>`;
}

const HOW = {
  direct: 'Paid over Lightning, from any wallet. No account: you get a key, or bring your own.',
  held: 'Paid over Lightning, from any wallet. The payment is held on its way and only taken once the feed has let you in; otherwise it comes back. No account needed.',
};

const NOTHING_TO_PAY = 'Nothing to pay. No account: you get a key, or bring your own.';

function choice(plan: Plan, isChosen: boolean, view: ListingView): Html {
  const { name, kind, priceMsat, periodMs } = plan;
  return html`<label class="plan">
<input type="radio" name="plan" value="${name}" required ${attribute('checked', isChosen)} ${attribute('disabled', !isPriced(plan))} data-kind="${kind}" ${attribute('data-price-msat', priceMsat)} ${attribute('data-price-minor', plan.price?.amountMinor)} ${attribute('data-currency', plan.price?.currency)} ${attribute('data-period-ms', periodMs)}>
<span class="plan-name">${planTerm(plan)}</span>
<span class="plan-price">${priceOf(plan, view.bitcoin)}</span>
<span class="plan-until quiet">${until(plan, view.nowMs)}${opens(plan)}${staleness(plan, view.nowMs)}</span>
</label>`;
}

function priceOf({ kind, priceMsat, price }: Plan, bitcoin: ListingView['bitcoin']): Html {
  if (kind === 'free' || kind === 'trial') return html`<strong>free</strong>`;
  if (price) {
    const inFiat = fiat(price.currency, price.amountMinor);
    return html`<strong>${inFiat}</strong> <span class="quiet">${priceMsat === null ? 'no rate now' : `about ${sats(wholeSats(priceMsat))}`}</span>`;
  }
  return html`<strong>${sats(priceMsat ?? '0')}</strong>${bitcoin && html` <span class="quiet">${about(BigInt(priceMsat ?? '0'), bitcoin)}</span>`}`;
}

function about(
  priceMsat: bigint,
  { currency, amountMinor }: NonNullable<ListingView['bitcoin']>,
): string {
  const minor = (Number(priceMsat) * amountMinor) / MSAT_PER_BITCOIN;
  return minor < 1
    ? `less than ${fiat(currency, 1)}`
    : `about ${fiat(currency, Math.round(minor))}`;
}

function until({ name, kind, periodMs, tracked }: Plan, nowMs: number): Html {
  if (kind === 'free')
    return html`${tracked ? 'Access without an end' : 'For as long as it is offered'}`;
  if (kind === 'forever') return html`Access without an end, paid once`;
  if (kind === 'trial') return html`Once for each buyer key; plan “${name}”`;
  if (periodMs! < CLOCK_FROM_MS) return html`From the moment the payment arrives`;
  return html`Until <span data-until="${periodMs}">${moment(nowMs + periodMs!)}</span> if you pay now`;
}

function opens(plan: Plan): Html {
  const words = inclusions(plan);
  return words === '' ? NOTHING : html`<br>${words}`;
}

function staleness({ price, priceMsat, rateAsOfMs }: Plan, nowMs: number): Html {
  if (!price) return NOTHING;
  if (priceMsat === null || rateAsOfMs === null) {
    return html`<br>The market knows no rate of ${price.currency} now, so this cannot be bought.`;
  }
  if (nowMs - rateAsOfMs < STALE_MS) return NOTHING;
  return html`<br><strong>The rate is out of date</strong> (from ${ago(rateAsOfMs, nowMs)}): buying waits for a fresh one.`;
}

function quantity(): Html {
  return html`<div class="field quantity">
<label for="quantity">How many periods</label>
<p class="hint" id="quantity-hint">Of a plan by time; they follow one another.</p>
<input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="${MAX_QUANTITY}" value="1" aria-describedby="quantity-hint">
</div>`;
}

function isGiven({ kind }: Plan): boolean {
  return kind === 'free' || kind === 'trial';
}

function isPriced({ priceMsat }: Plan): boolean {
  return priceMsat !== null;
}
