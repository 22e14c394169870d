import { attribute, type Html, html } from '../../html.ts';
import { csrfField, type FormState, field } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { EVENT_GROUPS } from './event-words.ts';
import { onceField } from './once.ts';

export interface WebhookFormView {
  form: FormState;
  /** The types that are ticked; none means all of them. */
  events: readonly string[];
  once: string;
  action: string;
  button: string;
}

/** URL, description and types of a webhook. */
export function webhookForm(
  { form, events, once, action, button }: WebhookFormView,
  viewer: Viewer,
): Html {
  return html`<form method="post" action="${action}" class="card">
${csrfField(viewer)}${onceField(once)}
${field({ name: 'url', label: 'URL', type: 'url', hint: 'An https address of a public host, without credentials.', required: true, maxlength: 2000, placeholder: 'https://hooks.example.com/dazaar', spellcheck: false }, form)}
${field({ name: 'description', label: 'What it is for (may be left empty)', maxlength: 200 }, form)}
<details ${attribute('open', events.length > 0)}><summary>What it is told of</summary>
<p class="hint">Tick none to be told of everything, also of what is added later.</p>
${EVENT_GROUPS.map(
  ([group, types]) => html`<fieldset><legend>${group}</legend>
${types.map(
  ([type, says]) =>
    html`<p class="tick"><input type="checkbox" name="events" value="${type}" id="event-${type}" ${attribute('checked', events.includes(type))}> <label for="event-${type}"><code>${type}</code></label> <span class="hint">${says}</span></p>`,
)}</fieldset>`,
)}</details>
<div class="actions"><button>${button}</button></div>
</form>`;
}
