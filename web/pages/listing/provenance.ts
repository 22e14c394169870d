import { type Html, html, NOTHING } from '../../html.ts';
import { moment } from '../../parts/time.ts';
import type { ListingView } from './view.ts';

/** Where the feed comes from, who signed that, and whether the signatures hold. */
export function provenanceSection({ listing, verdict, marketKey }: ListingView): Html {
  const { slug, state, provenance, feed } = listing;
  return html`<section aria-labelledby="provenance"><h2 id="provenance">Where it comes from</h2>
${
  provenance
    ? html`<p>${ORIGIN[provenance.origin]}</p>
${verdict && checked(verdict)}
<dl class="facts">
<dt>Seller</dt><dd>${provenance.seller.name}</dd>
<dt>Since</dt><dd>${moment(provenance.sinceMs)}</dd>
${provenance.cores.map(
  ({ role, key }) =>
    html`<dt>Core key${provenance.cores.length > 1 ? ` (${role})` : NOTHING}</dt><dd><span class="key" data-copy data-copy-name="the core key">${key}</span></dd>`,
)}
<dt>Feed</dt><dd><span class="key">${feed.id}</span></dd>
<dt>Signed by</dt><dd><span class="key" data-copy data-copy-name="the market’s key">${marketKey}</span> <span class="quiet">the key of this market</span></dd>
</dl>`
    : html`<p>The feed has no core yet, so there is nothing to attest.</p>`
}
${
  state !== 'withdrawn' && state !== 'draft' && feed.cores.length > 0
    ? html`<p>For programs: the <a href="/v1/listings/${slug}/card">Dazaar card</a>, signed by the same key, and the <a href="/v1/listings/${slug}">listing as JSON</a> with the signed statement in <code>provenance</code>.</p>`
    : NOTHING
}
</section>`;
}

const ORIGIN = {
  hosted:
    'This market holds the writer of the feed for the seller: the seller appends through the market, and the market signs that this is the seller’s feed.',
  mirrored:
    'The seller writes the feed on a machine of their own. They proved to hold its keys, and the market copies it from there.',
};

function checked(verdict: NonNullable<ListingView['verdict']>): Html {
  if (verdict === 'genuine') {
    return html`<p class="notice good"><strong>✓ Checked as this page was made.</strong> The signatures fit the keys below. Whoever pulls the feed checks every block against the core key as well.</p>`;
  }
  return html`<p class="notice bad"><strong>✕ The check failed.</strong> ${
    verdict === 'forged'
      ? 'The statement about this feed was not signed by this market’s key.'
      : 'The market says that the seller proved to hold the keys, but the proofs do not bear it out.'
  } Do not buy before the market has cleared this up.</p>`;
}
