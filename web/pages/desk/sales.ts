import type { Sale } from '../../../contract/sale.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, type FormState, faultSummary, field } from '../../parts/form.ts';
import { sats } from '../../parts/money.ts';
import { moment } from '../../parts/time.ts';
import { orderBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { type ListingOption, listingChoice } from './listing-choice.ts';
import { address, pager } from './pager.ts';
import { shortKey } from './short-key.ts';

export interface SalesView {
  sales: Sale[];
  nextCursor: string | null;
  listings: ListingOption[];
  /** What was asked for, and what of it makes no sense. */
  search: FormState;
}

/** What was ordered, newest first, with what to look for. */
export function salesPage({ sales, nextCursor, listings, search }: SalesView): Page {
  const { cursor: _, done: __, ...filter } = search.values;
  const main = html`<h1>Sales</h1>
${faultSummary(search)}
${filters(listings, search)}
${sales.length === 0 ? noSales(Object.keys(filter).length > 0) : saleTable(sales, 'Orders')}
${pager('/desk/sales', search.values, nextCursor)}
${sales.length > 0 && html`<p><a href="${address('/desk/sales.csv', filter)}" download>Download these orders as CSV</a></p>`}`;
  return deskPage('sales', 'Sales', main, search);
}

function filters(listings: ListingOption[], search: FormState): Html {
  const { buyerKey } = search.values;
  return html`<form class="desk-filters" method="get" action="/desk/sales" role="search" aria-label="Filter sales">
${listingChoice(listings, search)}
${choice(
  {
    name: 'state',
    label: 'State',
    options: [
      { value: '', text: 'All' },
      { value: 'paid', text: 'Paid' },
      { value: 'open', text: 'Unpaid' },
      { value: 'lapsed', text: 'Lapsed' },
    ],
  },
  search,
)}
${field({ name: 'from', label: 'From day (UTC)', type: 'date' }, search)}
${field({ name: 'to', label: 'To day (UTC)', type: 'date' }, search)}
${buyerKey ? field({ name: 'buyerKey', label: 'Buyer key', spellcheck: false }, search) : NOTHING}
<div class="actions"><button class="second">Show</button> <a href="/desk/sales">Show all</a></div>
</form>`;
}

/** Orders as a table. */
export function saleTable(sales: Sale[], label: string): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="stacked">
<thead><tr><th scope="col">Placed</th><th scope="col">State</th><th scope="col">Listing</th><th scope="col">Plan</th><th scope="col" class="number">Price</th><th scope="col" class="number">Came in</th><th scope="col">Buyer key</th></tr></thead>
<tbody>${sales.map(saleRow)}</tbody>
</table></div>`;
}

function saleRow(sale: Sale): Html {
  const owed = sale.refundableMsat !== '0';
  return html`<tr>
<td><a href="/desk/sales/${sale.id}">${moment(sale.createdAtMs)}</a></td>
<td data-name="State">${orderBadge(sale.state)}${owed ? html` <span class="badge warn">owed back</span>` : NOTHING}</td>
<td data-name="Listing">${sale.listing}</td>
<td data-name="Plan">${sale.plan}${sale.quantity > 1 && ` × ${sale.quantity}`}</td>
<td class="number" data-name="Price">${sats(sale.priceMsat)}</td>
<td class="number" data-name="Came in">${sats(sale.creditedMsat)}</td>
<td data-name="Buyer key">${shortKey(sale.buyerKey, 'buyer key')}</td>
</tr>
`;
}

function noSales(isFiltered: boolean): Html {
  if (isFiltered) {
    return html`<div class="empty"><p>No order is like that.</p><p><a href="/desk/sales">Show all orders</a></p></div>`;
  }
  return html`<div class="empty"><p><strong>Nobody has ordered yet.</strong></p>
<p>Each order of your listings will stand here, also while it is unpaid.</p>
<p><a href="/desk/listings">See your listings</a></p></div>`;
}
