import { type Html, html } from '../../html.ts';

/** The heading of a face; it takes the focus when the page changes under it. */
export function heading(text: string): Html {
  return html`<h1 id="state" tabindex="-1">${text}</h1>`;
}
