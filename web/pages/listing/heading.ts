import type { Listing } from '../../../contract/index.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import { KIND_WORDS } from '../../parts/kind.ts';
import { moment } from '../../parts/time.ts';

/** What it is, whose, and whether it is for sale. */
export function heading(listing: Listing): Html {
  const { title, seller, feed, licence, tags, publishedAtMs } = listing;
  return html`<header>
<h1>${title}</h1>
<p class="by">By ${seller.name}${publishedAtMs !== null && html` <span class="quiet">since ${moment(publishedAtMs)}</span>`}</p>
<ul class="tags">
<li><span class="badge" title="${TECHNICAL[feed.kind]}">${KIND_WORDS[feed.kind]}</span></li>
<li><span class="badge">${nameOf(licence)}</span></li>
${feed.mode === 'sealed' && html`<li><span class="badge" title="Encrypted: you get the keys with your access">Sealed</span></li>`}
${feed.mode === 'unique' && html`<li><span class="badge" title="Your copy bears your key: it says whose it was if it turns up elsewhere">Unique</span></li>`}
${tags.map((tag) => html`<li><a class="badge" href="/?tag=${tag}">${tag}</a></li>`)}
</ul>
${notice(listing)}
</header>`;
}

// Its address stands below, where it is a link.
function nameOf(licence: string): string {
  return licence.replace(/\s*\(?https?:\/\/[^\s()]+\)?/, '').trim() || licence;
}

const TECHNICAL = {
  hypercore: 'Hypercore: a signed log of blocks that only grows',
  hyperbee: 'Hyperbee: values by key, ordered, on a Hypercore',
  hyperdrive: 'Hyperdrive: files by path, on two Hypercores',
  autobase: 'Autobase: what several writers append, brought into one order',
};

function notice({ state, feed }: Listing): Html {
  if (state === 'draft') {
    return html`<div class="notice warn"><p><strong>A draft.</strong> Only you see this page. It is what buyers will see once you publish it.</p></div>`;
  }
  if (state === 'withdrawn') {
    return html`<div class="notice warn"><p><strong>Withdrawn.</strong> The seller does not sell this data any more. Access that was bought goes on to its end.</p></div>`;
  }
  if (feed.cores.length === 0) {
    return html`<div class="notice warn"><p><strong>Not ready yet.</strong> The market is still setting up the feed. Come back in a moment.</p></div>`;
  }
  if (state === 'unlisted') {
    return html`<div class="notice"><p><strong>Unlisted.</strong> It is not in the catalogue; whoever has this address can buy it.</p></div>`;
  }
  return NOTHING;
}
