import { inclusionWords, type Listing } from '../../../contract/index.ts';
import type { FeedState } from '../../../contract/mirrored-feed.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { bytes } from '../../parts/bytes.ts';
import { csrfField, EMPTY_FORM, type FormState, faultSummary } from '../../parts/form.ts';
import { KIND_WORDS } from '../../parts/kind.ts';
import { duration, planPrice } from '../../parts/money.ts';
import { ago } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { statusOf } from '../login.ts';
import { listingBadge } from './listing-badge.ts';
import { ownershipSection } from './listing-ownership.ts';
import { feedFigures } from './listings.ts';

export interface DeskListingView {
  listing: Listing;
  feed: FeedState;
  sales: number;
  nowMs: number;
  /** What was just done. */
  done?: string | undefined;
  form?: FormState;
}

const DONE: Record<string, string> = {
  saved: 'Your changes are saved.',
  published: 'It is on sale. Anybody can find it now.',
  unlisted: 'It is off the lists. Whoever has its link can still buy it.',
  withdrawn: 'It is withdrawn.',
  proved: 'The feed is yours: its keys are proved.',
};

/** One listing at its seller's desk: how it stands, and what to do next. */
export function deskListingPage(view: DeskListingView, viewer: Viewer): Page {
  const { listing, done = '', form = EMPTY_FORM } = view;
  const { slug, title, state } = listing;
  const said = Object.hasOwn(DONE, done) ? DONE[done] : null;
  return {
    title,
    desk: 'listings',
    status: statusOf(form),
    main: html`<p class="crumbs"><a href="/desk/listings">← Listings</a></p>
<h1>${title} ${listingBadge(state)}</h1>
${said && html`<p class="notice good" role="status">${said}</p>`}
${faultSummary(form)}
<nav class="views" aria-label="This listing">
<a href="/desk/listings/${slug}/edit">Edit</a>
<a href="/desk/listings/${slug}/data">Data</a>
<a href="/desk/listings/${slug}/preview">Preview</a>
${listing.publishedAtMs !== null && html`<a href="/listings/${slug}">Public page</a>`}
<a href="/desk/sales?listing=${slug}">Sales</a>
<a href="/desk/buyers?listing=${slug}">Buyers</a>
</nav>
${next(view, viewer)}
${listing.feed.origin === 'mirrored' && ownershipSection(view.feed, form, viewer)}
${figures(view)}
${prices(listing)}
${ends(listing, viewer)}`,
  };
}

function next(view: DeskListingView, viewer: Viewer): Html {
  const { listing } = view;
  if (listing.state === 'draft') return toPublish(view, viewer);
  if (listing.state === 'unlisted') {
    return html`<section class="card"><h2>Unlisted</h2><p>Only whoever has its link can see and buy it.</p>
<div class="actions">${move(listing, 'publish', 'Put it on the lists again', viewer)}</div></section>`;
  }
  if (listing.state === 'withdrawn') {
    return html`<p class="notice">It was withdrawn for good and is not sold any more. Buyers who have time left keep it, and you may still append for them.</p>`;
  }
  return NOTHING;
}

function toPublish(view: DeskListingView, viewer: Viewer): Html {
  const { listing, feed } = view;
  const { slug } = listing;
  const isMirrored = feed.origin === 'mirrored';
  const isProved = feed.ownership?.provedAtMs != null;
  const hasData = feedFigures(listing).length > 0;
  const isReady = isMirrored ? isProved : listing.feed.cores.length > 0;
  return html`<section class="card steps"><h2>What is missing</h2><ol>
${step(true, 'Described and priced', html`<a href="/desk/listings/${slug}/edit">Edit</a>`)}
${isMirrored ? step(isProved, 'Proved to be yours', html`<a href="#ownership">Prove it below</a>`) : step(hasData, 'Has data', html`<a href="/desk/listings/${slug}/data">Send data</a>`)}
${step(false, 'Published', isReady ? NOTHING : html`<span class="quiet">${isMirrored ? 'after the proof' : 'its feed is being made, which takes a few seconds'}</span>`)}
</ol>
${!hasData && !isMirrored && html`<p class="quiet">You can publish before there is data; buyers see that it is empty.</p>`}
<div class="actions">${move(listing, 'publish', 'Publish', viewer)} <a class="button second" href="/desk/listings/${slug}/preview">See it as buyers will</a></div></section>`;
}

function step(isDone: boolean, text: string, action: Html): Html {
  return html`<li class="${isDone ? 'done' : 'open'}">${text}${isDone ? html` <span class="badge good">✓ done</span>` : html` ${action}`}</li>`;
}

function move({ slug }: Listing, to: string, text: string, viewer: Viewer, tone = ''): Html {
  return html`<form method="post" action="/desk/listings/${slug}/${to}" class="inline">${csrfField(viewer)}<button class="${tone}">${text}</button></form>`;
}

function copies({ mode, epochMs }: Listing['feed']): string {
  if (mode === 'unique') return 'unique: each bears the key of its buyer';
  if (epochMs === null) return 'open: whoever gets one can read it';
  return `sealed, with a new key every ${duration(epochMs)}`;
}

function figures({ listing, feed, sales, nowMs }: DeskListingView): Html {
  const { length, byteLength, lastBlockAtMs } = feedFigures(listing);
  const lag = feed.cores.reduce((sum, { lagBlocks }) => sum + (lagBlocks ?? 0), 0);
  return html`<section><h2>The feed</h2><dl class="facts">
<dt>Kind</dt><dd>${KIND_WORDS[feed.kind]}</dd>
<dt>Written by</dt><dd>${feed.origin === 'mirrored' ? 'your machine; the market copies it' : 'the market, from what you send'}</dd>
<dt>Copies</dt><dd>${copies(listing.feed)}</dd>
<dt>Blocks</dt><dd>${length.toLocaleString('en')}, ${bytes(byteLength)}</dd>
<dt>Last data</dt><dd>${lastBlockAtMs === null ? 'none yet' : ago(lastBlockAtMs, nowMs)}</dd>
${feed.source && html`<dt>Your machine</dt><dd>${feed.source.seenAtMs === null ? 'not seen yet' : html`seen ${ago(feed.source.seenAtMs, nowMs)}`}${lag > 0 && `, ${lag.toLocaleString('en')} blocks to copy`}</dd>`}
${feed.source?.fault && html`<dt>Fault</dt><dd class="bad">${FAULTS[feed.source.fault]}</dd>`}
<dt>Sales</dt><dd><a href="/desk/sales?listing=${listing.slug}">${sales}</a></dd>
${feed.cores.map(({ role, key }) => html`<dt>Core (${role})</dt><dd><code class="key" data-copy data-copy-name="the key">${key}</code></dd>`)}
</dl></section>`;
}

const FAULTS = {
  forked:
    'You have rewritten what was there. The copy stays as it was sold, and nothing new is copied.',
  conflict: 'Two histories were signed with your key. The feed is served to nobody any more.',
  foreign_blobs: 'The drive names other contents than the core that you proved. It is not served.',
  unreadable:
    'The Autobase is encrypted or of another version: what else belongs to it is not found, nor served.',
  wrong_seeds:
    'The seeds that you handed over do not open the newest block. Buyers are given none of them: hand over the right ones.',
};

function prices({ plans }: Listing): Html {
  return html`<section><h2>Prices</h2><ul>${plans.map((plan) => html`<li>${planPrice(plan)} <span class="quiet">(${[plan.name, ...inclusionWords(plan)].join('; ')})</span></li>`)}</ul></section>`;
}

function ends({ slug, state }: Listing, viewer: Viewer): Html {
  if (state === 'withdrawn') return NOTHING;
  return html`<section><h2>More</h2><div class="actions">
${state !== 'draft' && html`<a class="button second" href="/v1/listings/${slug}/card" download="${slug}.card.json">Download its card</a>`}
${state === 'live' && move({ slug } as Listing, 'unlist', 'Take it off the lists', viewer, 'second')}
<a class="button danger" href="/desk/listings/${slug}/withdraw">Withdraw it…</a>
</div>
${state !== 'draft' && html`<p class="hint">The card tells other markets and programs what is sold here, signed by this market.</p>`}</section>`;
}
