import type { Json } from '../../../domain/message.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { messageBody } from '../../parts/message-body.ts';
import { moment } from '../../parts/time.ts';
import type { ShelfItem } from './shelf-item.ts';

export interface ShelfMessage {
  name: string;
  body: Json;
  isBroadcast: boolean;
  sentAtMs: number;
}

/** What the seller wrote to whoever bought this, newest first. */
export function shelfMessagesPage(
  { grant, title, seller }: ShelfItem,
  messages: ShelfMessage[],
): Page {
  return {
    title: `Messages about ${title}`,
    main: html`<nav class="shelf-crumbs" aria-label="Where you are"><a href="/shelf">My shelf</a></nav>
<h1>Messages about ${title}</h1>
<p class="quiet">What ${seller} wrote in the last 30 days. To write back, run <code>npx dazaar messages send ${grant.listing} NAME TEXT</code> where your key lives.</p>
${messages.length === 0 ? html`<div class="empty"><p>The seller has written nothing.</p></div>` : list(messages)}`,
  };
}

function list(messages: ShelfMessage[]): Html {
  return html`<ol class="thread">${messages.map(
    ({ name, body, isBroadcast, sentAtMs }) => html`<li>
<p class="quiet"><strong>${name}</strong> · ${moment(sentAtMs)}${isBroadcast && ' · to all buyers'}</p>
${messageBody(body)}
</li>
`,
  )}</ol>`;
}
