import { type Html, html } from '../../html.ts';

/** The token of one rendering of a form: sent twice, it does its work once. */
export function onceField(token: string): Html {
  return html`<input type="hidden" name="token" value="${token}">`;
}
