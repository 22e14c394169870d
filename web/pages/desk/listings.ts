import type { Listing } from '../../../contract/index.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { KIND_WORDS } from '../../parts/kind.ts';
import { planPrice } from '../../parts/money.ts';
import { ago } from '../../parts/time.ts';
import { listingBadge } from './listing-badge.ts';
import { pager } from './pager.ts';

export interface OwnListing {
  listing: Listing;
  sales: number;
}

export interface ListingsView {
  listings: OwnListing[];
  nextCursor: string | null;
  query: { state?: string; cursor?: string };
  nowMs: number;
}

const STATES = [
  ['', 'All'],
  ['live', 'On sale'],
  ['draft', 'Drafts'],
  ['unlisted', 'Unlisted'],
  ['withdrawn', 'Withdrawn'],
] as const;

/** All that a seller sells or is about to. */
export function listingsPage(view: ListingsView): Page {
  const { listings, nextCursor, query } = view;
  const isNew = listings.length === 0 && !query.state && !query.cursor;
  return {
    title: 'Listings',
    desk: 'listings',
    main: html`<h1>Listings</h1>
${isNew ? firstListing() : tools(query.state ?? '')}
${!isNew && (listings.length === 0 ? html`<p class="empty">None of your listings is in this state.</p>` : table(view))}
${pager('/desk/listings', query, nextCursor)}`,
  };
}

function firstListing(): Html {
  return html`<section class="empty first-listing"><h2>Sell your first data set</h2>
<ol>
<li><strong>Describe it.</strong> Show a few lines of a CSV file and the form fills itself in. Say what an hour, a day or all of it costs.</li>
<li><strong>Send the data.</strong> Drop the file into the browser, or append over the API as it comes.</li>
<li><strong>Publish.</strong> Buyers find it, pay over Lightning and read it at once. You are paid with each sale.</li>
</ol>
<p><a class="button" href="/desk/listings/new">New listing</a></p>
<p><a href="/desk/listings/import">or import a card</a></p></section>`;
}

function tools(state: string): Html {
  return html`<div class="actions"><a class="button" href="/desk/listings/new">New listing</a> <a href="/desk/listings/import">Import a card</a></div>
<nav class="views" aria-label="Show">${STATES.map(([value, text]) => {
    const href = value === '' ? '/desk/listings' : `/desk/listings?state=${value}`;
    return value === state
      ? html`<a href="${href}" aria-current="page">${text}</a>`
      : html`<a href="${href}">${text}</a>`;
  })}</nav>`;
}

function table({ listings, nowMs }: ListingsView): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Your listings"><table class="stacked">
<thead><tr><th scope="col">Listing</th><th scope="col">State</th><th scope="col">Price</th><th scope="col" class="number">Sales</th><th scope="col" class="number">Blocks</th><th scope="col">Last data</th></tr></thead>
<tbody>${listings.map((own) => row(own, nowMs))}</tbody></table></div>`;
}

function row({ listing, sales }: OwnListing, nowMs: number): Html {
  const { slug, title, feed, plans } = listing;
  const [first] = plans;
  const { length, lastBlockAtMs } = feedFigures(listing);
  return html`<tr><th scope="row"><a href="/desk/listings/${slug}">${title}</a><br><span class="quiet">${KIND_WORDS[feed.kind]}${feed.origin === 'mirrored' && ', mirrored'}</span></th>
<td data-name="State">${listingBadge(listing.state)}</td>
<td data-name="Price">${first && planPrice(first)}${plans.length > 1 && html` <span class="quiet">and ${plans.length - 1} more</span>`}</td>
<td class="number" data-name="Sales">${sales}</td>
<td class="number" data-name="Blocks">${length.toLocaleString('en')}</td>
<td data-name="Last data">${lastBlockAtMs === null ? html`<span class="quiet">none yet</span>` : ago(lastBlockAtMs, nowMs)}</td></tr>`;
}

/** Of all cores of a feed together. */
export function feedFigures({ feed }: Listing): {
  length: number;
  byteLength: number;
  lastBlockAtMs: number | null;
} {
  const moments = feed.cores.flatMap(({ lastBlockAtMs }) => lastBlockAtMs ?? []);
  return {
    length: feed.cores.reduce((sum, core) => sum + core.length, 0),
    byteLength: feed.cores.reduce((sum, core) => sum + core.byteLength, 0),
    lastBlockAtMs: moments.length > 0 ? Math.max(...moments) : null,
  };
}
