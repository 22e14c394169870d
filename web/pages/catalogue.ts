import type { Listing } from '../../contract/index.ts';
import { html } from '../html.ts';
import type { Page } from '../page.ts';
import { planPrice } from '../parts/money.ts';
import type { Viewer } from '../viewer.ts';

export function cataloguePage({ listings }: { listings: Listing[] }, viewer: Viewer): Page {
  return {
    title: viewer.marketName,
    canonical: '/',
    description: 'Live data sets, paid for over Lightning, from peer to peer.',
    main: html`<h1>Data, live and paid by the hour</h1>
<ul>${listings.map(
      ({ slug, title, plans }) =>
        html`<li><a href="/listings/${slug}">${title}</a> ${plans.map((plan) => html`<span>${planPrice(plan)}</span>`)}</li>`,
    )}</ul>`,
  };
}
