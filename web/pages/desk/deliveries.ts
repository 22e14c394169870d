import type { WebhookDelivery } from '../../../contract/webhook-endpoint.ts';
import { attribute, type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { left, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { deliveryBadge } from './badges.ts';

/** What was sent to a webhook, each with its attempts. */
export function deliveryList(deliveries: WebhookDelivery[], nowMs: number, viewer: Viewer): Html {
  if (deliveries.length === 0) {
    return html`<div class="empty"><p>Nothing was sent yet. Send a test event to see one.</p></div>`;
  }
  return html`<ol class="deliveries">${deliveries.map((one) => delivery(one, nowMs, viewer))}</ol>`;
}

function delivery(one: WebhookDelivery, nowMs: number, viewer: Viewer): Html {
  const { id, type, state, createdAtMs, attempts } = one;
  return html`<li class="card"><div>
<p><code>${type}</code> ${deliveryBadge(state)} <span class="quiet">${moment(createdAtMs)}</span></p>
<p class="quiet">${next(one, nowMs)} Id <code class="key">${one.eventId}</code></p>
<details ${attribute('open', state === 'failed')}><summary>${attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}</summary>
<ol>${attempts.map(attempt)}</ol>
</details></div>
<form method="post" action="/desk/webhook-deliveries/${id}/redeliver">${csrfField(viewer)}
<input type="hidden" name="webhook" value="${one.webhookId}">
<button class="second">Send again<span class="visually-hidden">: ${type} of ${new Date(createdAtMs).toISOString()}</span></button></form>
</li>
`;
}

function next({ state, nextAttemptAtMs, attempts }: WebhookDelivery, nowMs: number): Html {
  if (state !== 'pending' || nextAttemptAtMs === null || attempts.length === 0) return html``;
  if (nextAttemptAtMs <= nowMs) return html`Being sent.`;
  return html`Next attempt in ${left(nextAttemptAtMs, nowMs)}.`;
}

function attempt({ atMs, durationMs, status, error, answer }: WebhookDelivery['attempts'][number]) {
  const outcome = status === null ? `nothing answered: ${error}` : `answered ${status}`;
  return html`<li>${moment(atMs)}: ${outcome}, after ${durationMs} ms
${answer ? html`<pre tabindex="0" role="region" aria-label="The beginning of the answer">${answer}</pre>` : html``}</li>
`;
}
