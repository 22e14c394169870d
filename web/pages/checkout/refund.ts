import type { Payout } from '../../../contract/payout.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import { csrfField, faultSummary, textField } from '../../parts/form.ts';
import { sats } from '../../parts/money.ts';
import { moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import type { Checkout } from './checkout.ts';

/** What is owed back for an order, how to get it, and what has gone out already. */
export function owedBack(checkout: Checkout, viewer: Viewer): Html {
  const { order, refunds } = checkout;
  const isOwed = BigInt(order.refundableMsat) > 0n;
  if (!isOwed && refunds.length === 0) return NOTHING;
  return html`<section class="card refund" aria-labelledby="refund-title">
<h2 id="refund-title">${isOwed ? html`${sats(order.refundableMsat)} are owed back to you` : 'Paid back'}</h2>
${refunds.length > 0 && html`<ul>${refunds.map((one) => html`<li>${refundLine(one)}</li>`)}</ul>`}
${isOwed && ask(checkout, viewer)}
</section>`;
}

function refundLine({ state, amountMsat, createdAtMs, failure }: Payout): Html {
  const amount = sats(amountMsat);
  if (state === 'paid') return html`${amount} went to your wallet, ${moment(createdAtMs)}.`;
  if (state === 'pending')
    return html`${amount} are on their way. This page will say when they have arrived.`;
  return html`${amount} could not be sent${failure && html` (${failure})`}. They are yours still: try another invoice.`;
}

function ask(checkout: Checkout, viewer: Viewer): Html {
  const { order, payableMsat, isOwn, token, fault } = checkout;
  if (!isOwn) {
    return html`<p>Only who ordered gets it. Come back with the browser that you ordered with, or <a href="/shelf/open">open your shelf</a> with the claim code or key of this order first.</p>`;
  }
  const form = {
    values: { bolt11: fault?.form === 'refund' ? fault.typed : '' },
    faults: fault?.form === 'refund' ? { bolt11: fault.text } : ({} as Record<string, string>),
  };
  return html`${faultSummary(form)}
<p>Make an invoice of <strong>${sats(payableMsat)}</strong> or less in your wallet and paste it here. The rest is for the routing; what that does not cost stays yours.</p>
<form method="post" action="/orders/${order.id}/refund">${csrfField(viewer)}
<input type="hidden" name="token" value="${token}">
${textField({ name: 'bolt11', label: 'Lightning invoice of your wallet', hint: 'It begins with “ln”.', required: true, rows: 3 }, form)}
<div class="actions"><button id="refund">Send it to me</button></div>
</form>`;
}
