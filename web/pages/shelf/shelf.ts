import type { Order } from '../../../contract/index.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { sats } from '../../parts/money.ts';
import { left, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { itemCard } from './item-card.ts';
import type { ShelfItem } from './shelf-item.ts';

/** An order that was placed from a shelf. */
export interface ShelfOrder
  extends Pick<Order, 'id' | 'plan' | 'quantity' | 'priceMsat' | 'state'> {
  title: string;
  expiresAtMs: number;
  refundableMsat: string;
}

export interface Shelf {
  items: ShelfItem[];
  /** Those that are not paid, or of which money is owed back. */
  orders: ShelfOrder[];
  nowMs: number;
  /** What was just done, and what could not be. */
  said: { done?: string; fault?: string };
  /** Of the page's forms: sent twice, they do their thing once. */
  token: string;
}

export function shelfPage(shelf: Shelf, viewer: Viewer): Page {
  const { items, orders, nowMs, said, token } = shelf;
  const open = orders.filter(({ state, expiresAtMs }) => state === 'open' && expiresAtMs > nowMs);
  const owed = orders.filter(({ refundableMsat }) => refundableMsat !== '0');
  const lapsed = orders.filter((order) => !open.includes(order) && !owed.includes(order));
  const isEmpty = items.length + orders.length === 0;
  return {
    title: 'My shelf',
    status: said.fault ? 422 : 200,
    main: html`<h1>My shelf</h1>
${said.done && html`<div class="notice good" role="status"><p>${said.done}</p></div>`}
${said.fault && html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p>${said.fault}</p></div>`}
${isEmpty ? empty(viewer) : kept(viewer)}
${owed.length > 0 && section('Owed back to you', owed.map(owedBack))}
${
  open.length > 0 &&
  section(
    'Waiting for payment',
    open.map((order) => waiting(order, nowMs)),
  )
}
${
  items.length > 0 &&
  html`<section aria-labelledby="bought"><h2 id="bought">What you bought</h2>
<div class="shelf">${items.map((item) => itemCard(item, { nowMs, token }, viewer))}</div></section>`
}
${lapsed.length > 0 && section('Orders that were not paid', lapsed.map(notPaid))}
${!isEmpty && html`<p class="shelf-more"><a href="/shelf/open">Add a purchase from elsewhere</a> · <a href="/">Look for more data</a></p>`}`,
  };
}

function kept({ account }: Viewer): Html {
  if (account) return html`<p class="quiet">Kept in the account of ${account.name}.</p>`;
  return html`<p class="quiet">Kept in this browser, until 30 days after your last visit. <a href="/login?next=/shelf">Log in</a> to keep it in an account.</p>`;
}

function empty({ account }: Viewer): Html {
  return html`<div class="empty">
<h2>Nothing here yet</h2>
<p>What you buy in this browser lies here: you read it, download it and extend it from this page. No account is needed.</p>
<div class="actions centred"><a class="button" href="/">Find data</a>
<a class="button second" href="/shelf/open">I bought something elsewhere</a></div>
${account ? NOTHING : html`<p class="quiet">Bought with an account? <a href="/login?next=/shelf">Log in</a>, and its shelf is here.</p>`}
</div>`;
}

function section(title: string, rows: Html[]): Html {
  return html`<section><h2>${title}</h2>
<ul class="shelf-orders">${rows}</ul></section>`;
}

const what = ({ plan, quantity }: ShelfOrder) => (quantity > 1 ? `${quantity} × ${plan}` : plan);

function waiting(order: ShelfOrder, nowMs: number): Html {
  return html`<li class="card"><div><strong>${order.title}</strong><br>
<span class="quiet">${what(order)} for ${sats(order.priceMsat)}; can be paid for ${left(order.expiresAtMs, nowMs)}</span></div>
<a class="button" href="/orders/${order.id}">Pay now<span class="visually-hidden">: ${order.title}</span></a></li>`;
}

function owedBack(order: ShelfOrder): Html {
  return html`<li class="card"><div><strong>${order.title}</strong><br>
<span class="quiet">${sats(order.refundableMsat)} came in too late or beyond the price. They are yours: have them paid to an invoice of yours.</span></div>
<a class="button" href="/orders/${order.id}">Get it back<span class="visually-hidden">: ${order.title}</span></a></li>`;
}

function notPaid(order: ShelfOrder): Html {
  return html`<li class="card"><div><strong>${order.title}</strong><br>
<span class="quiet">${what(order)} for ${sats(order.priceMsat)}; lapsed ${moment(order.expiresAtMs)}</span></div>
<a href="/orders/${order.id}">Look at the order<span class="visually-hidden">: ${order.title}</span></a></li>`;
}
