import { type Html, html, NOTHING } from '../../html.ts';
import { renderMarkdown } from '../../parts/markdown.ts';
import { moment } from '../../parts/time.ts';
import type { ListingView } from './view.ts';

/** On which conditions the data comes: its licence, and terms that a buyer accepts with the order. */
export function termsSection({ listing, terms }: ListingView): Html {
  const { licence, sourceUrl } = listing;
  return html`<section aria-labelledby="terms"><h2 id="terms">Licence and terms</h2>
<dl class="facts">
<dt>Licence</dt><dd>${withLink(licence)}</dd>
${sourceUrl !== null && html`<dt>Source</dt><dd>${outward(sourceUrl)}</dd>`}
</dl>
${MODE[listing.feed.mode]}
${terms ? inFull(terms) : html`<p>There are no terms of use beside the licence.</p>`}
</section>`;
}

const MODE = {
  open: NOTHING,
  sealed: html`<p><strong>Sealed.</strong> Each block is encrypted, and your access brings the keys of the time that you paid for. You may pass the blocks on: whoever has not paid cannot read them.</p>`,
  unique: html`<p><strong>Unique.</strong> What you fetch from peer to peer is a copy under a key of its own, which names your buyer key to whoever finds it.</p>`,
};

function inFull({ hash, text, createdAtMs }: NonNullable<ListingView['terms']>): Html {
  return html`<p>Buyers accept these terms of use with each order, by their hash: another text has another hash.</p>
<details><summary>Read the terms of use</summary>
<div class="card">${renderMarkdown(text)}</div>
<p>SHA-256 <a class="key" href="/v1/terms/${hash}">${hash}</a> <span class="quiet">of ${moment(createdAtMs)}</span></p>
</details>`;
}

function withLink(licence: string): Html {
  const [, before, address, after] = /^(.*?)(https?:\/\/[^\s()<>"]+)(.*)$/.exec(licence) ?? [];
  if (address === undefined) return html`${licence}`;
  return html`${before}${outward(address)}${after || NOTHING}`;
}

function outward(address: string): Html {
  return html`<a href="${address}" rel="nofollow ugc noopener">${address}</a>`;
}
