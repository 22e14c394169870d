import type { Webhook } from '../../../contract/webhook-endpoint.ts';
import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { EMPTY_FORM, type FormState, faultSummary } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { confirmPage } from './confirm.ts';
import { deskPage } from './desk-page.ts';
import { onceField } from './once.ts';
import { webhookForm } from './webhook-form.ts';

export function editWebhookPage(
  { id }: Webhook,
  { form, events, once }: { form: FormState; events: readonly string[]; once: string },
  viewer: Viewer,
): Page {
  const path = `/desk/webhooks/${id}`;
  const main = html`<p><a href="${path}">← Webhook</a></p>
<h1>Change a webhook</h1>
${faultSummary(form)}
<p>What is on its way goes to the new URL. The secret stays.</p>
${webhookForm({ form, events, once, action: `${path}/edit`, button: 'Save' }, viewer)}`;
  return deskPage('webhooks', 'Change a webhook', main, form);
}

export function deleteWebhookPage({ id, url }: Webhook, viewer: Viewer): Page {
  return confirmPage(
    {
      desk: 'webhooks',
      title: 'Delete this webhook?',
      says: html`<p>Nothing more is sent to <span class="key">${url}</span>, also not what is on its way, and its secret is forgotten.</p>`,
      action: `/desk/webhooks/${id}/delete`,
      button: 'Delete the webhook',
      isDangerous: true,
      back: `/desk/webhooks/${id}`,
      form: EMPTY_FORM,
    },
    viewer,
  );
}

export function rotateSecretPage({ id, url }: Webhook, once: string, viewer: Viewer): Page {
  return confirmPage(
    {
      desk: 'webhooks',
      title: 'Make a new secret?',
      says: html`<p>For 24 hours messages to <span class="key">${url}</span> carry two signatures, by the new secret and by the present one, so that your server can be changed meanwhile.</p>`,
      action: `/desk/webhooks/${id}/rotate`,
      fields: onceField(once),
      button: 'Make a new secret',
      back: `/desk/webhooks/${id}`,
      form: EMPTY_FORM,
    },
    viewer,
  );
}
