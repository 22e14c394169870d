import type { Json } from '../../domain/message.ts';
import { type Html, html } from '../html.ts';

const EXCERPT = 140;

/** What a message says, in full: a text as it was written, anything else as JSON. */
export function messageBody(body: Json): Html {
  if (typeof body === 'string') return html`<p class="said">${body}</p>`;
  return html`<pre class="said" tabindex="0">${JSON.stringify(body, null, 2)}</pre>`;
}

/** The beginning of what a message says, on one line. */
export function messageExcerpt(body: Json): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const characters = [...text.slice(0, 2 * EXCERPT)];
  const isWhole = characters.length <= EXCERPT && text.length <= 2 * EXCERPT;
  return isWhole ? text : `${characters.slice(0, EXCERPT).join('')}…`;
}
