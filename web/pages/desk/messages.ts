import type { Message } from '../../../contract/message.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, type FormState, faultSummary, field } from '../../parts/form.ts';
import { messageExcerpt } from '../../parts/message-body.ts';
import { moment } from '../../parts/time.ts';
import { unreadBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { type ListingOption, listingChoice } from './listing-choice.ts';
import { pager } from './pager.ts';
import { shortKey } from './short-key.ts';

export interface MessagesView {
  messages: Message[];
  nextCursor: string | null;
  listings: ListingOption[];
  search: FormState;
  done: string | undefined;
}

/** What the seller and his buyers said to each other, newest first. */
export function messagesPage(view: MessagesView): Page {
  const { messages, nextCursor, listings, search, done } = view;
  const { cursor: _, done: __, ...filter } = search.values;
  const main = html`<h1>Messages</h1>
${doneNotice(done)}
<p class="quiet">What you and your buyers said to each other in the last 30 days. <a href="/desk/messages/new">Write to all buyers of a listing</a></p>
${faultSummary(search)}
<form class="desk-filters" method="get" action="/desk/messages" role="search" aria-label="Filter messages">
${listingChoice(listings, search)}
${choice({ name: 'show', label: 'Show', value: 'all', options: SHOWN }, search)}
${field({ name: 'name', label: 'Name', maxlength: 64, spellcheck: false }, search)}
${field({ name: 'buyerKey', label: 'Buyer key', maxlength: 64, spellcheck: false }, search)}
<div class="actions"><button class="second">Show</button></div>
</form>
${messages.length === 0 ? nothing(filter) : table(messages)}
${pager('/desk/messages', search.values, nextCursor)}`;
  return deskPage('messages', 'Messages', main, search);
}

const SHOWN = [
  { value: 'all', text: 'All' },
  { value: 'unread', text: 'Unread' },
  { value: 'to-seller', text: 'From buyers' },
  { value: 'to-buyer', text: 'From you' },
];

/** The conversation with a buyer about a listing. */
export function threadPath({ listing, buyerKey }: { listing: string; buyerKey: string }): string {
  return `/desk/messages/${listing}/${buyerKey}`;
}

function table(messages: Message[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Messages"><table class="messages">
<thead><tr><th scope="col">Message</th><th scope="col">Who</th><th scope="col">Name</th><th scope="col">Listing</th><th scope="col">When</th></tr></thead>
<tbody>${messages.map(
    (message) => html`<tr>
<td class="excerpt">${excerpt(message)}</td>
<td>${who(message)}</td>
<td>${message.name}</td>
<td>${message.listing}</td>
<td>${moment(message.sentAtMs)}</td>
</tr>
`,
  )}</tbody></table></div>`;
}

function who({ direction, buyerKey }: Message): Html {
  if (buyerKey === null) return html`You to all`;
  const key = shortKey(buyerKey, 'buyer key');
  return direction === 'to-buyer' ? html`You to ${key}` : key;
}

function excerpt(message: Message): Html {
  const { listing, buyerKey } = message;
  const text = messageExcerpt(message.body) || '(empty)';
  const isUnread = message.direction === 'to-seller' && message.readAtMs === null;
  return html`${isUnread ? html`${unreadBadge()} ` : NOTHING}${
    buyerKey === null ? text : html`<a href="${threadPath({ listing, buyerKey })}">${text}</a>`
  }`;
}

function nothing({ listing, show, name, buyerKey }: Record<string, string>): Html {
  if (listing || show || name || buyerKey) {
    return html`<div class="empty"><p>No message is like that.</p><p><a href="/desk/messages">Show all</a></p></div>`;
  }
  return html`<div class="empty"><p><strong>Nobody has written yet.</strong></p>
<p>Your buyers can write to you with <code>dazaar messages send</code>, and you to each of them from <a href="/desk/buyers?state=all">Buyers</a>, or to <a href="/desk/messages/new">all buyers of a listing</a> at once.</p></div>`;
}
