import { type Html, html, NOTHING } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { KIND_WORDS } from '../../parts/kind.ts';
import { sats } from '../../parts/money.ts';
import { pullCommand } from '../../parts/pull-command.ts';
import { left, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { extendPath, type ItemState, type ShelfItem, stateOf } from './shelf-item.ts';

const BADGES: Record<ItemState, [tone: string, text: string]> = {
  live: ['good', 'You have access'],
  expired: ['warn', 'Ended'],
  revoked: ['bad', 'Revoked by the seller'],
  moved: ['', 'Moved to another key'],
};

/** One purchase: how it stands, and what can be done with it. */
export function itemCard(
  item: ShelfItem,
  { nowMs, token }: { nowMs: number; token: string },
  viewer: Viewer,
): Html {
  const { grant, title, seller, kind } = item;
  const state = stateOf(item, nowMs);
  const [tone, text] = BADGES[state];
  return html`<article class="card shelf-item" id="grant-${grant.id}">
<h3><a href="/listings/${grant.listing}">${title}</a></h3>
<p class="quiet">${KIND_WORDS[kind]} from ${seller}</p>
<p><span class="badge ${tone}">${text}</span> ${lasts(item, state, nowMs)}</p>
<div class="actions">
${state === 'live' && html`<a class="button" href="/shelf/${grant.id}">Open the data<span class="visually-hidden"> of ${title}</span></a>`}
${state !== 'revoked' && state !== 'moved' && grant.expiresAtMs !== null && item.isForSale && html`<a class="button second" href="${extendPath(item)}">${state === 'live' ? 'Extend' : 'Buy again'}<span class="visually-hidden"> ${title}</span></a>`}
${state !== 'moved' && html`<a class="button second" href="/shelf/${grant.id}/messages">Messages<span class="visually-hidden"> about ${title}</span></a>`}
</div>
<details><summary>More<span class="visually-hidden"> about ${title}</span></summary>
${receipts(item)}
${state === 'live' ? onOwnMachine(item, token, viewer) : NOTHING}
<h4>This browser</h4>
<form method="post" action="/shelf/${grant.id}/remove">${csrfField(viewer)}
<p>${item.isClaim ? 'Without your claim code you do not find it again: keep that before you take the purchase off.' : 'All that this key bought is taken off. The access stays with the key, and a new code of “dazaar link” brings it back.'}</p>
<div class="actions"><button class="danger">Take off my shelf<span class="visually-hidden">: ${title}</span></button></div></form>
</details>
</article>`;
}

function lasts({ grant, again }: ShelfItem, state: ItemState, nowMs: number): Html {
  const { expiresAtMs } = grant;
  if (state === 'moved') return html`It is read with the key that it was moved to.`;
  if (state === 'revoked') return html`Ask the seller why.`;
  if (expiresAtMs === null) return html`without an end`;
  if (state === 'expired') return html`since ${moment(expiresAtMs)}`;
  return html`for ${left(expiresAtMs, nowMs)}, until ${moment(expiresAtMs)}${again && html` <span class="quiet">(bought last: ${again.quantity > 1 ? `${again.quantity} × ` : ''}${again.plan})</span>`}`;
}

function receipts({ receipts }: ShelfItem): Html {
  if (receipts.length === 0) return NOTHING;
  return html`<h4>Receipts</h4>
<ul>${receipts.map(
    ({ orderId, paidAtMs, priceMsat }) =>
      html`<li><a href="/orders/${orderId}/receipt">${moment(paidAtMs)}</a>: ${priceMsat === '0' ? 'free' : sats(priceMsat)}</li>`,
  )}</ul>`;
}

function onOwnMachine(item: ShelfItem, token: string, viewer: Viewer): Html {
  const { grant, kind } = item;
  const market = `--market ${viewer.origin}`;
  const pull = pullCommand(grant.listing, kind, ` ${market}`);
  return html`<h4>On your own machine</h4>
<p>The access is with the key <span class="key">${grant.buyerKey}</span>.</p>
${
  item.isClaim
    ? moveForm(item, token, viewer)
    : html`<p>To move it to another key, run this where the key lives:</p>
<pre tabindex="0" data-copy data-copy-name="the command that rotates"><code>npx dazaar rotate ${market}</code></pre>`
}
<p>Then fetch the data, from peer to peer and verified:</p>
<pre tabindex="0" data-copy data-copy-name="the command that fetches"><code>${pull}</code></pre>`;
}

function moveForm({ grant, title }: ShelfItem, token: string, viewer: Viewer): Html {
  const id = `to-${grant.id}`;
  return html`<form method="post" action="/shelf/${grant.id}/move">${csrfField(viewer)}
<input type="hidden" name="token" value="${token}">
<div class="field"><label for="${id}">Move it to a key of your own</label>
<p class="hint" id="${id}-hint">A code that <code>npx dazaar link --market ${viewer.origin}</code> shows, which keeps the data on this shelf as well; or the 64 digits of a buyer key, which alone has it then.</p>
<input id="${id}" name="to" aria-describedby="${id}-hint" autocomplete="off" spellcheck="false" maxlength="200" required></div>
<div class="actions"><button class="second">Move the access<span class="visually-hidden"> to ${title}</span></button></div></form>`;
}
