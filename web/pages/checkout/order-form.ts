import { inclusionWords } from '../../../contract/index.ts';
import { attribute, type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, csrfField, faultSummary, field } from '../../parts/form.ts';
import { planPrice } from '../../parts/money.ts';
import type { Viewer } from '../../viewer.ts';
import { holders } from './holders.ts';
import type { OrderOffer } from './order-offer.ts';
import { quoteCard } from './quote-card.ts';

const MAX_QUANTITY = 1000;

/** What somebody is about to order, for whom, and on which terms. Nothing is charged here. */
export function orderFormPage(offer: OrderOffer, viewer: Viewer): Page {
  const { listing, form } = offer;
  if (listing.state === 'withdrawn') return withdrawnPage(listing.title);
  const isFaulty = Object.keys(form.faults).length > 0;
  return {
    title: `Order ${listing.title}`,
    status: isFaulty ? 422 : 200,
    islands: ['order-form'],
    main: html`<h1>Order access</h1>
<p class="quiet"><a href="/listings/${listing.slug}">${listing.title}</a> by ${listing.seller.name}</p>
${faultSummary(form)}
<form method="post" action="/listings/${listing.slug}/buy" class="checkout" id="order-form">
${csrfField(viewer)}
<input type="hidden" name="token" value="${offer.token}">
<div>
${what(offer)}
${holders(offer, viewer)}
${termsField(offer)}
</div>
${quoteCard(offer)}
</form>`,
  };
}

function withdrawnPage(title: string): Page {
  return {
    title: 'Not for sale any more',
    status: 410,
    main: html`<div class="narrow"><h1>Not for sale any more</h1>
<p>The seller has withdrawn “${title}”. Whoever has access keeps it to its end.</p>
<p><a class="button" href="/">See other data</a></p></div>`,
  };
}

function what({ listing, plan, quantity, form }: OrderOffer): Html {
  const options = listing.plans.map((one) => ({
    value: one.name,
    text: [`${one.name}: ${textOf(planPrice(one))}`, ...inclusionWords(one)].join('; '),
  }));
  const isCounted = plan.kind === 'time';
  return html`<fieldset><legend>What</legend>
${
  options.length > 1
    ? choice({ name: 'plan', label: 'Plan', options, value: plan.name }, form)
    : html`<input type="hidden" name="plan" value="${plan.name}"><p>${plan.kind === 'free' ? 'Free, without an end' : html`${plan.name}: ${planPrice(plan)}`}</p>`
}
<div id="counted">${
    isCounted
      ? field(
          {
            name: 'quantity',
            label: 'How many',
            type: 'number',
            min: 1,
            max: MAX_QUANTITY,
            value: String(quantity),
            required: true,
            inputmode: 'numeric',
          },
          form,
        )
      : html`<input type="hidden" name="quantity" value="1">`
  }</div>
<p><button class="second" id="update" name="do" value="update" formnovalidate>Show the price</button></p>
</fieldset>`;
}

// Options of a choice hold text only.
function textOf(markup: Html): string {
  return markup.text
    .replace(' <span class="quiet">about', ', about')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&#39;', '’')
    .replaceAll('&amp;', '&');
}

function termsField({ terms, listing, form }: OrderOffer): Html {
  if (!terms) return NOTHING;
  const fault = form.faults.acceptTerms;
  return html`<fieldset class="field ${fault ? 'wrong' : ''}"><legend>Terms of use</legend>
<div class="terms" tabindex="0" role="region" aria-label="Terms of use of ${listing.title}">${terms.text}</div>
<p class="hint">Licence of the data: ${terms.licence}. <a href="/v1/terms/${terms.hash}">A lasting copy</a></p>
<p><input type="checkbox" id="field-acceptTerms" name="acceptTerms" value="${terms.hash}" required ${attribute('checked', !fault && form.values.acceptTerms === terms.hash)} ${attribute('aria-describedby', fault ? 'field-acceptTerms-fault' : null)}>
<label for="field-acceptTerms">I accept these terms</label></p>
${fault && html`<p class="fault" id="field-acceptTerms-fault">${fault}</p>`}
</fieldset>`;
}
