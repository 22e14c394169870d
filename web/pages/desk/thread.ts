import type { Message } from '../../../contract/message.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary } from '../../parts/form.ts';
import { messageBody } from '../../parts/message-body.ts';
import { moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { unreadBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { messageFields } from './message-fields.ts';
import { threadPath } from './messages.ts';
import { onceField } from './once.ts';
import { pager } from './pager.ts';
import { wholeKey } from './short-key.ts';

export interface ThreadView {
  listing: string;
  buyerKey: string;
  /** Where his access is managed. */
  grantId: string;
  /** Newest first. */
  messages: Message[];
  nextCursor: string | null;
  query: Record<string, string>;
  form: FormState;
  once: string;
}

/** What was said with one buyer about one listing, in its order, and a form to answer. */
export function threadPage(view: ThreadView, viewer: Viewer): Page {
  const { listing, buyerKey, grantId, messages, nextCursor, query, form, once } = view;
  const path = threadPath(view);
  const unread = messages.find(isUnread);
  const main = html`<p><a href="/desk/messages">← Messages</a></p>
<h1>A buyer of ${listing}</h1>
${doneNotice(query.done)}
${faultSummary(form)}
<p>Buyer key ${wholeKey(buyerKey, 'buyer key')} <a href="/desk/buyers/${grantId}">Manage his access</a></p>
${pager(path, query, nextCursor)}
${messages.length === 0 ? html`<p class="quiet">Nothing has been said yet.</p>` : list(messages.toReversed())}
${unread ? seen(path, unread.seq, viewer) : NOTHING}
<h2>${unread ? 'Answer' : 'Write to him'}</h2>
<form method="post" action="${path}">
${csrfField(viewer)}${onceField(once)}${unread && upToField(unread.seq)}
${messageFields(form, { name: nameOf(messages) })}
<div class="actions"><button>Send</button></div>
</form>`;
  return deskPage('messages', `A buyer of ${listing}`, main, form);
}

function list(messages: Message[]): Html {
  return html`<ol class="thread">${messages.map(
    (message) => html`<li class="${message.direction}">
<p class="quiet"><strong>${message.direction === 'to-buyer' ? 'You' : 'Buyer'}</strong> ${message.name} · ${moment(message.sentAtMs)} ${isUnread(message) ? unreadBadge() : NOTHING}</p>
${messageBody(message.body)}
</li>
`,
  )}</ol>`;
}

function seen(path: string, upTo: string, viewer: Viewer): Html {
  return html`<form method="post" action="${path}/read">${csrfField(viewer)}${upToField(upTo)}
<div class="actions"><button class="second">Mark as read</button></div></form>`;
}

function upToField(seq: string): Html {
  return html`<input type="hidden" name="upTo" value="${seq}">`;
}

function isUnread({ direction, readAtMs }: Message): boolean {
  return direction === 'to-seller' && readAtMs === null;
}

/** Who answers does so under the name that he was written to by. */
function nameOf(messages: Message[]): string {
  return messages.find(({ direction }) => direction === 'to-seller')?.name ?? 'message';
}
