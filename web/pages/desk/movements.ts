import type { Movement } from '../../../contract/payout.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { sats } from '../../parts/money.ts';
import { moment } from '../../parts/time.ts';
import { deskPage } from './desk-page.ts';
import { pager } from './pager.ts';

/** All that has moved a balance, newest first. */
export function movementsPage(
  movements: Movement[],
  nextCursor: string | null,
  query: Record<string, string>,
): Page {
  const main = html`<p><a href="/desk/money">← Money</a></p>
<h1>Movements</h1>
<p class="quiet">Every entry of your account in the market’s ledger. They sum to your balance.</p>
${movements.length === 0 ? html`<p>There are none.</p>` : movementTable(movements)}
${pager('/desk/money/movements', query, nextCursor)}`;
  return deskPage('money', 'Movements', main);
}

const KINDS: Record<Movement['kind'], string> = {
  settlement: 'Sale, less commission',
  'payout-locked': 'Payout asked for, with its fee limit',
  'payout-paid': 'Unused part of a fee limit',
  'payout-failed': 'Payout failed: all of it is back',
};

export function movementTable(movements: Movement[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Movements"><table>
<thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col" class="number">Amount</th></tr></thead>
<tbody>${movements.map(
    (
      movement,
    ) => html`<tr><td>${moment(movement.atMs)}</td><td>${subject(movement)}</td><td class="number">${signed(movement.amountMsat)}</td></tr>
`,
  )}</tbody></table></div>`;
}

function subject({ kind, orderId, payoutId }: Movement): Html {
  const text = KINDS[kind];
  if (orderId) return html`<a href="/desk/sales/${orderId}">${text}</a>`;
  return payoutId ? html`<a href="/desk/money/payouts/${payoutId}">${text}</a>` : html`${text}`;
}

function signed(msat: string): string {
  return msat.startsWith('-') ? `−${sats(msat.slice(1))}` : `+${sats(msat)}`;
}
