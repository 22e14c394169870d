import type { Payout } from '../../../contract/payout.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { sats } from '../../parts/money.ts';
import { moment, span } from '../../parts/time.ts';
import { payoutBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { pager } from './pager.ts';

/** All payouts, newest first. */
export function payoutsPage(
  payouts: Payout[],
  nextCursor: string | null,
  query: Record<string, string>,
  nowMs: number,
): Page {
  const main = html`<p><a href="/desk/money">← Money</a></p>
<h1>Payouts</h1>
${payouts.length === 0 ? html`<p>Nothing has been paid out yet.</p>` : payoutTable(payouts, nowMs)}
${pager('/desk/money/payouts', query, nextCursor)}`;
  return deskPage('money', 'Payouts', main);
}

export function payoutTable(payouts: Payout[], nowMs: number): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Payouts" id="payouts" data-live><table>
<thead><tr><th scope="col">Asked for</th><th scope="col">State</th><th scope="col" class="number">Amount</th><th scope="col" class="number">Routing</th><th scope="col">What happened</th></tr></thead>
<tbody>${payouts.map(
    (payout) => html`<tr>
<td><a href="/desk/money/payouts/${payout.id}">${moment(payout.createdAtMs)}</a></td>
<td>${payoutBadge(payout.state)}</td>
<td class="number">${sats(payout.amountMsat)}</td>
<td class="number">${payout.feeMsat === null ? `up to ${sats(payout.maxFeeMsat)}` : sats(payout.feeMsat)}</td>
<td>${whatHappened(payout, nowMs)}</td>
</tr>
`,
  )}</tbody></table></div>`;
}

/** How a payout stands, in a sentence. */
export function whatHappened({ state, failure, createdAtMs }: Payout, nowMs: number): string {
  if (state === 'paid') return 'It has arrived.';
  if (state === 'failed') return `${failureText(failure)} The money is back in your balance.`;
  const age = `Pending for ${span(nowMs - createdAtMs)}.`;
  if (nowMs - createdAtMs < SLOW_MS) return age;
  return `${age} The node does not know yet how it ended; the money stays locked until it does.`;
}

const SLOW_MS = 60_000;

/** What a node, or the worker that pays, says of a failure. */
const FAILURES: Record<string, string> = {
  'payouts-are-off': 'This market’s node has not been allowed to pay: ask whoever runs it.',
  'expired-before-it-was-sent': 'The invoice expired before it could be paid.',
  'insufficient-balance':
    'The market’s node could not send that much at present: try less, or later.',
  'pathfinding-timeout': 'No route was found in time: is your wallet online?',
  'route-not-found': 'There was no route to your wallet within the fee limit.',
  'invalid-payment': 'Your wallet refused the payment: make a new invoice.',
  failed: 'The node could not pay it.',
};

export function failureText(failure: string | null): string {
  const known = (failure ?? '').split(', ').map((word) => FAILURES[word]);
  return known.find((text) => text !== undefined) ?? `The node could not pay it (${failure}).`;
}
