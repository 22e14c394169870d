import type { Balance, Movement, Payout } from '../../../contract/payout.ts';
import { largestPayoutMsat } from '../../../domain/payout.ts';
import { attribute, type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary, field, textField } from '../../parts/form.ts';
import { sats } from '../../parts/money.ts';
import type { Viewer } from '../../viewer.ts';
import { deskPage } from './desk-page.ts';
import { movementTable } from './movements.ts';
import { payoutTable } from './payouts.ts';

export interface MoneyView {
  balance: Balance;
  payouts: Payout[];
  movements: Movement[];
  form: FormState;
  nowMs: number;
}

/** What a seller has, how it came, and how to get it out. */
export function moneyPage(view: MoneyView, viewer: Viewer): Page {
  const { balance, payouts, movements, form, nowMs } = view;
  const main = html`<h1>Money</h1>
${faultSummary(form)}
${tiles(balance)}
<h2>Payouts</h2>
${askForPayout(balance, form, viewer)}
${
  payouts.length === 0
    ? html`<p class="quiet">Nothing has been paid out yet.</p>`
    : html`${payoutTable(payouts, nowMs)}<p><a href="/desk/money/payouts">All payouts</a></p>`
}
<h2>Movements</h2>
${
  movements.length === 0
    ? html`<p class="quiet">Your balance has not moved yet. The first sale will.</p>`
    : html`${movementTable(movements)}<p><a href="/desk/money/movements">All movements</a></p>`
}`;
  return deskPage('money', 'Money', main, form);
}

function tiles({ availableMsat, lockedMsat, paidOutMsat, feesMsat }: Balance): Html {
  return html`<dl class="tiles" id="balance" data-live>
<div class="card"><dt>Balance</dt><dd>${sats(availableMsat)}</dd></div>
<div class="card"><dt>Locked by payouts</dt><dd>${sats(lockedMsat)}</dd></div>
<div class="card"><dt>Paid out so far</dt><dd>${sats(paidOutMsat)}</dd></div>
<div class="card"><dt>Routing of payouts</dt><dd>${sats(feesMsat)}</dd></div>
</dl>`;
}

function askForPayout({ availableMsat }: Balance, form: FormState, viewer: Viewer): Html {
  const largestMsat = largestPayoutMsat(BigInt(availableMsat));
  if (largestMsat < 1_000n) {
    return html`<p>There is too little to pay out yet: a payout has to bear its routing, for which at least 10 sat are set aside.</p>`;
  }
  return html`<form method="post" action="/desk/money/payouts/review" class="card">
<h3>Have your balance paid out</h3>
<p>Make an invoice in your Lightning wallet, of up to <strong>${sats((largestMsat / 1_000n) * 1_000n)}</strong>, and paste it here. You see what it says before anything is sent.</p>
${csrfField(viewer)}
${textField({ name: 'bolt11', label: 'Lightning invoice', hint: 'It begins with ln, and has a fixed amount.', required: true, rows: 4 }, form)}
<details ${attribute('open', Boolean(form.values.maxFeeSat))}><summary>What a payout costs</summary>
<p>The market takes nothing for it. Other nodes on the way may charge for routing, and that is yours to pay: 1 % of the amount at most, or 10 sat where that is less, unless you say otherwise. It is set aside with the amount, and what the routing did not cost comes back.</p>
${field({ name: 'maxFeeSat', label: 'At most for routing, in sat (may be left empty)', type: 'number', min: 0, step: 1, inputmode: 'numeric' }, form)}
</details>
<div class="actions"><button>Review the payout</button></div>
</form>`;
}
