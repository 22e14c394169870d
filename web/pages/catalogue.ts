import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import type { Viewer } from '../viewer.ts';
import { addressOf } from './catalogue/address.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { listingCard } from './catalogue/listing-card.ts';
import { nothingFound } from './catalogue/nothing-found.ts';
import { searchForm } from './catalogue/search-form.ts';
import { tagLinks } from './catalogue/tag-links.ts';

/** What was found when nothing was looked for. */
export const NOTHING_FOUND: Omit<Catalogue, 'form' | 'tags' | 'nowMs'> = {
  listings: [],
  facets: [],
  count: { listings: 0, isAll: true },
  isFirst: true,
  next: null,
};

export function cataloguePage(catalogue: Catalogue, viewer: Viewer): Page {
  const isWrong = Object.keys(catalogue.form.faults).length > 0;
  const canonical = canonicalOf(catalogue);
  const [tag] = catalogue.tags;
  return {
    title: tag && canonical ? `Data about ${tag}` : viewer.marketName,
    status: isWrong ? 400 : 200,
    ...(canonical !== undefined && { canonical }),
    description:
      'Live data, paid for over Lightning and read from peer to peer: pick a feed, pay an invoice, read it at once. No account needed.',
    islands: ['catalogue'],
    main: html`<div class="hero">
<h1>Live data, bought in under a minute</h1>
<p>Pick a feed, pay its Lightning invoice, and read it for as long as you paid. No account, no card. <a href="/help">How it works</a></p>
</div>
${searchForm(catalogue)}
<p class="found" role="status">${countWords(catalogue)}</p>
<div id="results">${isWrong ? faults(catalogue) : results(catalogue, viewer)}</div>`,
  };
}

// What somebody typed is no page of its own for a search engine, and neither is the middle of a list.
function canonicalOf({ form, tags, isFirst }: Catalogue): string | undefined {
  const isPlain = Object.values(form.values).every((value) => value === '');
  if (!isPlain || !isFirst || tags.length > 1 || Object.keys(form.faults).length > 0) return;
  return addressOf({}, tags);
}

function countWords({ count, listings, form }: Catalogue): string {
  if (Object.keys(form.faults).length > 0) return '';
  if (listings.length === 0) return 'No data set found';
  const number = count.listings.toLocaleString('en');
  return `${number}${count.isAll ? '' : ' or more'} data ${count.listings === 1 ? 'set' : 'sets'}`;
}

function results(catalogue: Catalogue, viewer: Viewer): Html {
  const { listings, next, isFirst, form, tags, nowMs } = catalogue;
  if (listings.length === 0) return html`${tagLinks(catalogue)}${nothingFound(catalogue, viewer)}`;
  return html`${tagLinks(catalogue)}
<div class="listings">${listings.map((listing) => listingCard(listing, nowMs))}</div>
<nav class="pager" aria-label="Pages">
${!isFirst && html`<a class="button second" href="${addressOf(form.values, tags)}">First page</a>`}
${next && html`<a class="button second" rel="next" href="${addressOf({ ...form.values, after: next }, tags)}">Next page</a>`}
</nav>`;
}

function faults({ form }: Catalogue): Html {
  return html`<div class="notice warn">
<p><strong>That cannot be searched for.</strong></p>
<ul>${Object.values(form.faults).map((fault) => html`<li>${fault}</li>`)}</ul>
<p><a href="/">Show all data</a></p>
</div>`;
}
