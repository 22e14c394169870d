import type { Webhook } from '../../../contract/webhook-endpoint.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import type { FormState } from '../../parts/form.ts';
import { faultSummary } from '../../parts/form.ts';
import { ago, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { webhookBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { webhookForm } from './webhook-form.ts';

export interface WebhooksView {
  webhooks: Webhook[];
  form: FormState;
  /** The types that were ticked. */
  events: readonly string[];
  once: string;
  nowMs: number;
  done: string | undefined;
}

/** Where the market tells a seller what happens, and a form for another. */
export function webhooksPage(view: WebhooksView, viewer: Viewer): Page {
  const { webhooks, form, nowMs } = view;
  const main = html`<h1>Webhooks</h1>
${doneNotice(view.done)}
${faultSummary(form)}
<p class="quiet">The market sends a signed message to your server as soon as something happens, and again for some days if nobody answers. Any library of the Standard Webhooks spec checks the signature.</p>
${webhooks.length === 0 ? html`<p>You have none yet.</p>` : table(webhooks, nowMs)}
<h2>Add a webhook</h2>
${webhookForm({ ...view, action: '/desk/webhooks', button: 'Add the webhook' }, viewer)}`;
  return deskPage('webhooks', 'Webhooks', main, form);
}

function table(webhooks: Webhook[], nowMs: number): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Webhooks"><table>
<thead><tr><th scope="col">URL</th><th scope="col">State</th><th scope="col">Told of</th><th scope="col">Since</th></tr></thead>
<tbody>${webhooks.map(
    (webhook) => html`<tr>
<td><a href="/desk/webhooks/${webhook.id}" class="key">${webhook.url}</a>${webhook.description && html`<br><span class="quiet">${webhook.description}</span>`}</td>
<td>${webhookBadge(webhook)}</td>
<td>${toldOf(webhook)}</td>
<td>${since(webhook, nowMs)}</td>
</tr>
`,
  )}</tbody></table></div>`;
}

export function toldOf({ events }: Webhook): string {
  if (events.length === 0) return 'everything';
  return events.length === 1 ? '1 type of event' : `${events.length} types of event`;
}

function since({ state, disabledAtMs, failingSinceMs, createdAtMs }: Webhook, nowMs: number): Html {
  if (state === 'disabled' && disabledAtMs !== null) return html`${ago(disabledAtMs, nowMs)}`;
  return failingSinceMs === null ? moment(createdAtMs) : ago(failingSinceMs, nowMs);
}
