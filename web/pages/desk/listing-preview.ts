import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import type { Viewer } from '../../viewer.ts';
import { type ListingView, listingPage } from '../listing.ts';

/** The page of a feed as buyers see it or will, for its seller. */
export function listingPreviewPage(view: ListingView, viewer: Viewer): Page {
  const { slug, title, state } = view.listing;
  const { main, islands = [] } = listingPage(view, viewer);
  return {
    title: `Preview: ${title}`,
    islands,
    main: html`<p class="notice">${state !== 'draft' && 'This is what buyers see. '}<a href="/desk/listings/${slug}">← Back to the desk</a></p>
${main}`,
  };
}
