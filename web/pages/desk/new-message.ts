import type { Json } from '../../../domain/message.ts';
import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, csrfField, type FormState, faultSummary } from '../../parts/form.ts';
import { messageBody } from '../../parts/message-body.ts';
import type { Viewer } from '../../viewer.ts';
import { confirmPage } from './confirm.ts';
import { deskPage } from './desk-page.ts';
import type { ListingOption } from './listing-choice.ts';
import { messageFields } from './message-fields.ts';
import { onceField } from './once.ts';

/** A message to all that have access to a listing. */
export function newMessagePage(listings: ListingOption[], form: FormState, viewer: Viewer): Page {
  const options = listings.map(({ slug, title }) => ({ value: slug, text: title }));
  const main = html`<p><a href="/desk/messages">← Messages</a></p>
<h1>Write to all buyers</h1>
${faultSummary(form)}
<p class="quiet">It goes to everybody who has access when you send it: at once to those who are connected, to others when they connect. Before it is sent you see how many that are.</p>
<form method="post" action="/desk/messages/review">
${csrfField(viewer)}
${choice({ name: 'listing', label: 'Listing', options }, form)}
${messageFields(form, { name: 'news' })}
<div class="actions"><button>Go on</button> <a href="/desk/messages">Cancel</a></div>
</form>`;
  return deskPage('messages', 'Write to all buyers', main, form);
}

export interface ReviewView {
  listing: string;
  reaches: number;
  body: Json;
  /** As it was typed. */
  form: FormState;
  once: string;
}

/** Says how many a message will reach, and asks whether it is to go out. */
export function reviewMessagePage(
  { listing, reaches, body, form, once }: ReviewView,
  viewer: Viewer,
): Page {
  const kept = ['listing', 'name', 'as', 'body'].map(
    (name) => html`<input type="hidden" name="${name}" value="${form.values[name] ?? ''}">`,
  );
  return confirmPage(
    {
      desk: 'messages',
      title: `Send to ${buyers(reaches)}?`,
      says: html`<p>${reaches === 1 ? 'One buyer has' : `${reaches} buyers have`} access to ${listing} now. A message that was sent cannot be taken back.</p>
<div class="thread"><div class="to-buyer"><p class="quiet">${form.values.name}</p>
${messageBody(body)}</div></div>`,
      action: '/desk/messages',
      fields: html`${onceField(once)}${kept}`,
      button: `Send to ${buyers(reaches)}`,
      back: '/desk/messages/new',
      form: { values: form.values, faults: form.faults },
    },
    viewer,
  );
}

function buyers(count: number): string {
  return count === 1 ? '1 buyer' : `${count} buyers`;
}
