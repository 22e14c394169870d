import { attribute, type Html, html } from '../../html.ts';
import { figure } from '../../parts/chart.ts';
import { pullCommand } from '../../parts/pull-command.ts';
import { left, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { sheetOf } from '../shelf/columns.ts';
import type { Checkout } from './checkout.ts';
import { claimCard } from './claim.ts';
import { heading } from './heading.ts';
import { owedBack } from './refund.ts';

/** The access is there: until when, and what to do with it. */
export function paid(checkout: Checkout, viewer: Viewer): Html {
  const { order, listing } = checkout;
  const grant = order.grant!;
  const isLate = order.payments.some(({ outcome }) => outcome === 'late_honoured');
  const isFree = order.priceMsat === '0';
  return html`${heading(isFree ? 'It is yours' : 'Paid: it is yours')}
<div class="notice good"><p><strong>${until(checkout)}</strong></p>
${isLate && html`<p>Your payment came after the order had lapsed. The price is the same as then, so it counts all the same.</p>`}</div>
${newestBlocks(checkout)}
<div class="actions">
${
  checkout.mayRead
    ? html`<a class="button" id="read" href="/shelf/${grant.id}">Read the data here</a>`
    : html`<a class="button second" id="read" href="/shelf/open">Read it here with your key or code</a>`
}
<a href="/orders/${order.id}/receipt">Receipt</a>
${grant.expiresAtMs !== null && html`<a href="/listings/${listing.slug}/buy?plan=${order.plan}">Extend</a>`}
</div>
${claimCard(checkout, viewer)}
${onOwnMachine(checkout, viewer)}
${owedBack(checkout, viewer)}`;
}

/** What was bought is there to be read at once, not behind another door. */
function newestBlocks({ newest, listing }: Checkout): Html | false {
  if (newest.length === 0) return false;
  const title = newest.length === 1 ? 'The newest block' : `The newest ${newest.length} blocks`;
  return figure({ title, ...sheetOf(newest, listing.feed.blockSchema) });
}

function until({ order }: Checkout): Html {
  const { expiresAtMs } = order.grant!;
  if (expiresAtMs === null) return html`Your access has no end.`;
  return html`Your access lasts until ${moment(expiresAtMs)}; ${left(expiresAtMs, order.nowMs)} are left.`;
}

function onOwnMachine({ order, listing, claimCode, mayRead }: Checkout, { origin }: Viewer): Html {
  const market = `--market ${origin}`;
  const pull = pullCommand(listing.slug, listing.feed.kind, ` ${market}`);
  return html`<details class="machine" ${attribute('open', !mayRead)}><summary>Get it onto your own machine</summary>
${
  claimCode !== null
    ? html`<p>Move the access to the key of that machine, once:</p>
<pre tabindex="0" data-copy data-copy-name="the command that claims"><code>npx dazaar claim ${claimCode} ${market}</code></pre>
<p>Then fetch the data, from peer to peer and verified:</p>`
    : html`<p>Where the key <span class="key">${order.buyerKey}</span> lives, fetch the data, from peer to peer and verified:</p>`
}
<pre tabindex="0" data-copy data-copy-name="the command that fetches"><code>${pull}</code></pre>
</details>`;
}
