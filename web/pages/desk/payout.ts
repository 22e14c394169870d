import type { Payout } from '../../../contract/payout.ts';
import { attribute, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField } from '../../parts/form.ts';
import { sats } from '../../parts/money.ts';
import { left, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { payoutBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { onceField } from './once.ts';
import { whatHappened } from './payouts.ts';
import { wholeKey } from './short-key.ts';

export interface ReviewView {
  bolt11: string;
  /** As it was typed; empty for what is usual. */
  maxFeeSat: string;
  amountMsat: bigint;
  maxFeeMsat: bigint;
  availableMsat: bigint;
  destination: string;
  expiresAtMs: number;
  nowMs: number;
  once: string;
}

/** Says back what an invoice says, before anything is sent to it. */
export function reviewPage(view: ReviewView, viewer: Viewer): Page {
  const { amountMsat, maxFeeMsat, availableMsat, expiresAtMs, nowMs } = view;
  const restMsat = availableMsat - amountMsat - maxFeeMsat;
  const main = html`<p><a href="/desk/money">← Money</a></p>
<h1>Pay out ${sats(amountMsat)}?</h1>
<dl class="facts">
<dt>Amount</dt><dd><strong>${sats(amountMsat)}</strong></dd>
<dt>For routing</dt><dd>up to ${sats(maxFeeMsat)}; what it does not cost comes back</dd>
<dt>To the node</dt><dd>${wholeKey(view.destination, 'node')}</dd>
<dt>Payable for</dt><dd>${left(expiresAtMs, nowMs)}</dd>
<dt>Your balance</dt><dd>${sats(availableMsat)}</dd>
${restMsat >= 0n && html`<dt>Left of it</dt><dd>${sats(restMsat)}, or a little more</dd>`}
</dl>
${restMsat < 0n ? html`<p class="notice bad" role="alert">Amount and fee limit are more than your balance: make an invoice for less.</p>` : html`<p>It is sent once, within seconds. Nobody can call it back.</p>`}
<form method="post" action="/desk/money/payouts">
${csrfField(viewer)}${onceField(view.once)}
<input type="hidden" name="bolt11" value="${view.bolt11}">
<input type="hidden" name="maxFeeSat" value="${view.maxFeeSat}">
<div class="actions">${restMsat >= 0n && html`<button>Pay out ${sats(amountMsat)}</button> `}<a href="/desk/money">Cancel</a></div>
</form>`;
  return deskPage('money', 'Review a payout', main);
}

/** One payout, followed while it is under way. */
export function payoutPage(payout: Payout, nowMs: number, done: string | undefined): Page {
  const { state, feeMsat, preimage, endedAtMs } = payout;
  const main = html`<p><a href="/desk/money">← Money</a></p>
<h1>Payout of ${sats(payout.amountMsat)}</h1>
${state === 'pending' && doneNotice(done)}
<div id="payout" ${attribute('data-live', state === 'pending')}>
<p role="status">${payoutBadge(state)} ${whatHappened(payout, nowMs)}</p>
<dl class="facts">
<dt>Amount</dt><dd>${sats(payout.amountMsat)}</dd>
<dt>Routing</dt><dd>${feeMsat === null ? `up to ${sats(payout.maxFeeMsat)}` : `${sats(feeMsat)} of at most ${sats(payout.maxFeeMsat)}`}</dd>
<dt>Asked for</dt><dd>${moment(payout.createdAtMs)}</dd>
${endedAtMs !== null && html`<dt>Ended</dt><dd>${moment(endedAtMs)}</dd>`}
<dt>Payment hash</dt><dd>${wholeKey(payout.paymentHash, 'payment hash')}</dd>
${preimage && html`<dt>Proof of payment</dt><dd>${wholeKey(preimage, 'preimage')}</dd>`}
</dl>
${state === 'pending' && html`<p><a href="/desk/money/payouts/${payout.id}">Look again</a></p>`}
</div>
<details><summary>The invoice</summary><p><code class="key">${payout.bolt11}</code></p></details>`;
  return deskPage('money', 'Payout', main);
}
