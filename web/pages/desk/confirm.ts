import { type Html, html } from '../../html.ts';
import type { DeskItem, Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { deskPage } from './desk-page.ts';

export interface Confirmation {
  desk: DeskItem;
  title: string;
  /** What happens then. */
  says: Html;
  /** Where the form goes. */
  action: string;
  /** More of the form. */
  fields?: Html;
  button: string;
  isDangerous?: boolean;
  /** Where whoever thinks better of it goes. */
  back: string;
  form: FormState;
}

/** Asks whether something is really to be done. */
export function confirmPage(
  { desk, title, says, action, fields, button, isDangerous, back, form }: Confirmation,
  viewer: Viewer,
): Page {
  const main = html`<h1>${title}</h1>
${faultSummary(form)}
${says}
<form method="post" action="${action}">
${csrfField(viewer)}${fields}
<div class="actions"><button class="${isDangerous ? 'danger' : ''}">${button}</button> <a href="${back}">Cancel</a></div>
</form>`;
  return deskPage(desk, title, main, form);
}
