import type { Webhook, WebhookDelivery } from '../../../contract/webhook-endpoint.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary } from '../../parts/form.ts';
import { ago, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { webhookBadge } from './badges.ts';
import { deliveryList } from './deliveries.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { pager } from './pager.ts';
import { secretNotice } from './secret-notice.ts';
import { toldOf } from './webhooks.ts';

export interface WebhookView {
  webhook: Webhook;
  deliveries: WebhookDelivery[];
  nextCursor: string | null;
  query: Record<string, string>;
  /** Its secret, for this once. */
  secret: string | null;
  /** What was refused. */
  form: FormState;
  nowMs: number;
  done: string | undefined;
}

/** One webhook: how it stands, what may be done to it, and what was sent. */
export function webhookPage(view: WebhookView, viewer: Viewer): Page {
  const { webhook, secret, form, deliveries, nextCursor, query, nowMs } = view;
  const path = `/desk/webhooks/${webhook.id}`;
  const main = html`<p><a href="/desk/webhooks">← Webhooks</a></p>
<h1>Webhook ${webhookBadge(webhook)}</h1>
${doneNotice(view.done)}
${faultSummary(form)}
${secret !== null && secretNotice(secret, 'signing secret', path, 'Your server checks the signature of each message with it.')}
${health(webhook, nowMs)}
<dl class="facts">
<dt>URL</dt><dd><span class="key">${webhook.url}</span></dd>
${webhook.description && html`<dt>For</dt><dd>${webhook.description}</dd>`}
<dt>Told of</dt><dd>${webhook.events.length === 0 ? 'everything' : webhook.events.join(', ')}</dd>
<dt>Added</dt><dd>${moment(webhook.createdAtMs)}</dd>
${webhook.previousSecretUntilMs !== null && webhook.previousSecretUntilMs > nowMs && html`<dt>Old secret</dt><dd>signs too until ${moment(webhook.previousSecretUntilMs)}</dd>`}
</dl>
${actions(webhook, viewer)}
<h2>Deliveries</h2>
<p class="quiet">What was sent in the last 30 days. A message that fails is sent again for about three days.</p>
<div id="deliveries" data-live>${deliveryList(deliveries, nowMs, viewer)}</div>
${pager(path, query, nextCursor)}`;
  return deskPage('webhooks', `Webhook for ${toldOf(webhook)}`, main, form);
}

function health(
  { state, disabledReason, disabledAtMs, failingSinceMs }: Webhook,
  nowMs: number,
): Html {
  if (state === 'disabled') {
    return html`<p class="notice bad">${disabledReason} ${disabledAtMs !== null && html`That was ${ago(disabledAtMs, nowMs)}.`} Nothing is sent until you enable it.</p>`;
  }
  if (failingSinceMs === null) return NOTHING;
  return html`<p class="notice warn">Every attempt has failed since ${moment(failingSinceMs)}. After five days of that it is disabled.</p>`;
}

function actions({ id, state }: Webhook, viewer: Viewer): Html {
  const path = `/desk/webhooks/${id}`;
  const post = (action: string, text: string) =>
    html`<form class="inline" method="post" action="${path}/${action}">${csrfField(viewer)}<button class="second">${text}</button></form>
`;
  const isOn = state === 'enabled';
  return html`<div class="actions">
${isOn ? post('test', 'Send a test event') : post('enable', 'Enable')}
<a class="button second" href="${path}/edit">Change</a>
${post('secret', 'Show the secret')}
<a class="button second" href="${path}/rotate">New secret</a>
${isOn && post('disable', 'Disable')}
<a class="button danger" href="${path}/delete">Delete</a>
</div>`;
}
