import type { Listing, Plan } from '../../../contract/index.ts';
import { type Html, html } from '../../html.ts';
import { liveliness } from '../../parts/activity.ts';
import { cheapestPlan } from '../../parts/cheapest-plan.ts';
import { KIND_WORDS } from '../../parts/kind.ts';
import { planPrice } from '../../parts/money.ts';
import { summary } from '../../parts/summary.ts';
import { addressOf } from './address.ts';

const SHOWN_TAGS = 4;

/** A listing among others: what it is, how alive it is, and what it costs at least. */
export function listingCard(listing: Listing, nowMs: number): Html {
  const { slug, title, description, tags, seller, feed, plans } = listing;
  return html`<article class="card listing-card">
<p class="eyebrow">${KIND_WORDS[feed.kind]} by ${seller.name}</p>
<h2><a href="/listings/${slug}">${title}</a></h2>
<p class="about">${summary(description)}</p>
${tags.length > 0 && html`<ul class="tags" aria-label="Tags">${tags.slice(0, SHOWN_TAGS).map((tag) => html`<li><a href="${addressOf({}, [tag])}">${tag}</a></li>`)}</ul>`}
${liveliness(listing, nowMs)}
${priceLine(plans)}
</article>`;
}

function priceLine(plans: readonly Plan[]): Html {
  const cheapest = cheapestPlan(plans);
  const hasTrial = plans.some(({ kind }) => kind === 'trial');
  const others = plans.length - (hasTrial ? 1 : 0) - (cheapest ? 1 : 0);
  return html`<p class="price">
${cheapest ? price(cheapest) : 'Not for sale now'}
${others > 0 && html` <span class="quiet">and ${others} more ${others === 1 ? 'plan' : 'plans'}</span>`}
${hasTrial && html` <span class="badge good">free trial</span>`}
</p>`;
}

function price(plan: Plan): Html {
  return plan.kind === 'free' ? html`<strong>Free</strong>` : planPrice(plan);
}
