import { html, jsonText, NOTHING } from '../html.ts';
import type { Page } from '../page.ts';
import { datasetJsonLd } from '../parts/dataset.ts';
import { renderMarkdown } from '../parts/markdown.ts';
import { schemaTable } from '../parts/schema-table.ts';
import { summary } from '../parts/summary.ts';
import type { Viewer } from '../viewer.ts';
import { figures } from './listing/figures.ts';
import { heading } from './listing/heading.ts';
import { buyForm } from './listing/plans.ts';
import { previewSection } from './listing/preview.ts';
import { provenanceSection } from './listing/provenance.ts';
import { pullSection } from './listing/pull.ts';
import { termsSection } from './listing/terms.ts';
import { ITEM, type ListingView } from './listing/view.ts';

export type { ListingView };

/** The page of a feed; of a draft what it will be. */
export function listingPage(view: ListingView, viewer: Viewer): Page {
  const { listing } = view;
  const { slug, title, description, feed, state } = listing;
  const isPublic = state === 'live';
  return {
    title,
    description: summary(description) || `${title}, for sale by ${listing.seller.name}.`,
    ...(isPublic && {
      canonical: `/listings/${slug}`,
      picture: { path: `/listings/${slug}/picture.png`, alt: title },
      head: html`<script type="application/ld+json">${jsonText(datasetJsonLd(listing, viewer.origin))}</script>
<link rel="alternate" type="application/json" href="/v1/listings/${slug}" title="The listing as JSON">`,
    }),
    islands: ['listing'],
    main: html`<article class="feed" data-listing="${slug}">
${heading(listing)}
<div class="offer">
${buyForm(view)}
${figures(view)}
</div>
<div class="about">
${previewSection(view)}
<section aria-labelledby="about"><h2 id="about">About this data</h2>
${description.trim() === '' ? html`<p class="quiet">The seller has not described it.</p>` : renderMarkdown(description)}
</section>
<section aria-labelledby="schema"><h2 id="schema">What ${SCHEMA_OF[feed.kind]} holds</h2>
${schemaTable(feed.blockSchema, ITEM[feed.kind])}
</section>
${state === 'withdrawn' || state === 'draft' ? NOTHING : pullSection(view, viewer)}
${termsSection(view)}
${provenanceSection(view)}
</div>
</article>`,
  };
}

const SCHEMA_OF = {
  hypercore: 'a block',
  hyperbee: 'an entry',
  hyperdrive: 'a file',
  autobase: 'a record',
};
