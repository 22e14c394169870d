import { type Html, html } from '../../html.ts';

const ENDS = 6;

/** A key or hash with its middle left out; a script puts a button behind it that copies all of it. */
export function shortKey(hex: string, name = 'key'): Html {
  return html`<code class="key" title="${hex}" data-copy="${hex}" data-copy-name="${name} ${hex.slice(0, ENDS)}">${hex.slice(0, ENDS)}…${hex.slice(-ENDS)}</code>`;
}

/** All of a key or hash, for whoever has to have it without a script too. */
export function wholeKey(hex: string, name = 'key'): Html {
  return html`<code class="key" data-copy data-copy-name="${name}">${hex}</code>`;
}
