import type { GivenGrant } from '../../../contract/sale.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { bytes } from '../../parts/bytes.ts';
import { choice, type FormState, faultSummary } from '../../parts/form.ts';
import { moment } from '../../parts/time.ts';
import { grantBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { until } from './grant.ts';
import { type ListingOption, listingChoice } from './listing-choice.ts';
import { address, pager } from './pager.ts';
import { shortKey } from './short-key.ts';

export interface BuyersView {
  grants: (GivenGrant & { usedBytes: number })[];
  nextCursor: string | null;
  listings: ListingOption[];
  search: FormState;
  nowMs: number;
}

/** Which keys may read what, newest first. */
export function buyersPage({ grants, nextCursor, listings, search, nowMs }: BuyersView): Page {
  const { cursor: _, done: __, ...filter } = search.values;
  const main = html`<h1>Buyers</h1>
<p class="quiet">A buyer is a key: there are no accounts. Whoever holds the key can read what it was granted.</p>
${faultSummary(search)}
<form class="desk-filters" method="get" action="/desk/buyers" role="search" aria-label="Filter buyers">
${listingChoice(listings, search)}
${choice({ name: 'state', label: 'Access', value: 'live', options: STATES }, search)}
<div class="actions"><button class="second">Show</button></div>
</form>
${grants.length === 0 ? nobody(filter) : table(grants, nowMs)}
${pager('/desk/buyers', search.values, nextCursor)}
${grants.length > 0 && html`<p><a href="${address('/desk/buyers.csv', filter)}" download>Download these as CSV</a></p>`}`;
  return deskPage('buyers', 'Buyers', main, search);
}

const STATES = [
  { value: 'live', text: 'Live' },
  { value: 'expired', text: 'Expired' },
  { value: 'revoked', text: 'Revoked' },
  { value: 'all', text: 'All' },
];

function table(grants: BuyersView['grants'], nowMs: number): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Buyers"><table>
<thead><tr><th scope="col">Buyer key</th><th scope="col">Listing</th><th scope="col">Access</th><th scope="col">Since</th><th scope="col">Until</th><th scope="col" class="number">Read</th><th scope="col"><span class="visually-hidden">More</span></th></tr></thead>
<tbody>${grants.map(
    (grant) => html`<tr>
<td>${shortKey(grant.buyerKey, 'buyer key')}</td>
<td>${grant.listing}</td>
<td>${grantBadge(grant.state)}</td>
<td>${moment(grant.startsAtMs)}</td>
<td>${until(grant, nowMs)}</td>
<td class="number">${bytes(grant.usedBytes)}</td>
<td><a href="/desk/buyers/${grant.id}" aria-label="Manage the access of ${grant.buyerKey.slice(0, 6)} to ${grant.listing}">Manage</a></td>
</tr>
`,
  )}</tbody></table></div>`;
}

function nobody({ listing, state }: Record<string, string>): Html {
  if (listing || state) {
    return html`<div class="empty"><p>Nobody is like that.</p><p><a href="/desk/buyers?state=all">Show all, also those whose time is over</a></p></div>`;
  }
  return html`<div class="empty"><p><strong>Nobody holds access at present.</strong></p>
<p>Whoever pays for one of your listings stands here until the time is over. You can give time, take access away and give it back.</p>
<p><a href="/desk/buyers?state=all">Show all, also those whose time is over</a></p></div>`;
}
