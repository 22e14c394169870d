import { type Html, html, NOTHING } from '../../html.ts';
import { moment } from '../../parts/time.ts';

/** Something about a shop that its seller should look at. */
export type Attention =
  | { kind: 'webhook-disabled' | 'webhook-failing'; webhookId: string; url: string }
  | { kind: 'source-fault' | 'source-silent'; slug: string; title: string }
  | { kind: 'draft'; slug: string; title: string }
  | { kind: 'payouts-are-off' | 'payout-failed' | 'payout-slow'; payoutId: string }
  | { kind: 'key-ends'; label: string; expiresAtMs: number }
  | { kind: 'unread'; count: number }
  | { kind: 'wallet-only' }
  | { kind: 'no-contact' };

/** What needs looking at, with where to do so. */
export function attention(matters: Attention[]): Html {
  if (matters.length === 0) return NOTHING;
  return html`<section aria-labelledby="attention-title"><h2 id="attention-title">Needs your attention</h2>
<ul class="attention">${matters.map(
    (matter) => html`<li>${sentence(matter)}</li>
`,
  )}</ul></section>`;
}

function sentence(matter: Attention): Html {
  switch (matter.kind) {
    case 'webhook-disabled':
      return html`<span class="badge bad">disabled</span> The webhook <a class="key" href="/desk/webhooks/${matter.webhookId}">${matter.url}</a> gets nothing.`;
    case 'webhook-failing':
      return html`<span class="badge warn">failing</span> The webhook <a class="key" href="/desk/webhooks/${matter.webhookId}">${matter.url}</a> does not take its messages.`;
    case 'source-fault':
      return html`<span class="badge bad">source</span> Something is wrong with your own copy of <a href="/desk/listings/${matter.slug}">${matter.title}</a>: it is not followed any more.`;
    case 'source-silent':
      return html`<span class="badge warn">source</span> Your machine with <a href="/desk/listings/${matter.slug}">${matter.title}</a> has not been seen for a day.`;
    case 'draft':
      return html`<span class="badge">draft</span> <a href="/desk/listings/${matter.slug}">${matter.title}</a> is not published.`;
    case 'payouts-are-off':
      return html`<span class="badge bad">payout</span> This market’s node has not been allowed to pay: <a href="/desk/money/payouts/${matter.payoutId}">your payout</a> was not sent. Ask whoever runs the market.`;
    case 'payout-failed':
      return html`<span class="badge bad">payout</span> <a href="/desk/money/payouts/${matter.payoutId}">Your last payout</a> failed; its money is back.`;
    case 'payout-slow':
      return html`<span class="badge warn">payout</span> <a href="/desk/money/payouts/${matter.payoutId}">Your last payout</a> is still pending.`;
    case 'key-ends':
      return html`<span class="badge warn">API key</span> “${matter.label}” ends ${moment(matter.expiresAtMs)}: <a href="/desk/keys">make another</a>.`;
    case 'unread':
      return html`<span class="badge warn">unread</span> <a href="/desk/messages?show=unread">${matter.count === 1 ? 'A message of a buyer' : `${matter.count} messages of buyers`}</a> you have not looked at.`;
    case 'wallet-only':
      return html`<span class="badge">account</span> Only your wallet logs in. <a href="/desk/settings">Add an email and password</a>, in case you lose it.`;
    case 'no-contact':
      return html`<span class="badge">account</span> Buyers cannot reach you. <a href="/desk/settings">Add a contact or homepage</a>.`;
  }
}
