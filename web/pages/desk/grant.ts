import type { z } from 'zod';
import type { GivenGrant, givenGrantDetail } from '../../../contract/sale.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { bytes } from '../../parts/bytes.ts';
import { left, moment } from '../../parts/time.ts';
import { grantBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { threadPath } from './messages.ts';
import { address } from './pager.ts';
import { shortKey, wholeKey } from './short-key.ts';

export type GrantDetail = z.infer<typeof givenGrantDetail>;

export interface GrantView {
  grant: GrantDetail;
  usedBytes: number;
  nowMs: number;
  done: string | undefined;
}

/** One buyer key's access to one feed, and all that happened to it. */
export function grantPage({ grant, usedBytes, nowMs, done }: GrantView): Page {
  const orders = address('/desk/sales', { buyerKey: grant.buyerKey, listing: grant.listing });
  const main = html`<p><a href="/desk/buyers">← Buyers</a></p>
<h1>Access to ${grant.listing} ${grantBadge(grant.state)}</h1>
${doneNotice(done)}
<dl class="facts">
<dt>Buyer key</dt><dd>${wholeKey(grant.buyerKey, 'buyer key')}</dd>
<dt>Read so far</dt><dd>${bytes(usedBytes)}</dd>
<dt>Orders</dt><dd><a href="${orders}">What this key ordered</a></dd>
<dt>Messages</dt><dd><a href="${threadPath(grant)}">Write to this buyer</a></dd>
</dl>
${grantTerm(grant, nowMs)}
${grantActions(grant)}
<h2>What happened</h2>
${log(grant)}`;
  return deskPage('buyers', `Access to ${grant.listing}`, main);
}

/** Since when, and until when. */
export function grantTerm(grant: GivenGrant, nowMs: number): Html {
  return html`<dl class="facts">
<dt>State</dt><dd>${grantBadge(grant.state)}</dd>
<dt>Since</dt><dd>${moment(grant.startsAtMs)}</dd>
<dt>Until</dt><dd>${until(grant, nowMs)}</dd>
</dl>`;
}

/** The end of an access, with what is left of it. */
export function until({ expiresAtMs, state }: GivenGrant, nowMs: number): Html {
  if (expiresAtMs === null) return html`for ever`;
  if (expiresAtMs <= nowMs || state === 'expired') return moment(expiresAtMs);
  return html`${moment(expiresAtMs)} <span class="quiet">(${left(expiresAtMs, nowMs)} left)</span>`;
}

/** What may be done to an access as it is; each asks for a reason first. */
export function grantActions({ id, state, leftMs }: GivenGrant): Html {
  const link = (change: string, text: string, kind: string) =>
    html`<a class="button ${kind}" href="/desk/buyers/${id}/${change}">${text}</a> `;
  const isOver = leftMs === 0;
  return html`<div class="actions">
${state === 'revoked' && !isOver && link('restore', 'Restore access', 'second')}
${(state !== 'revoked' || isOver) && link('extend', 'Give more time', 'second')}
${state === 'live' && link('revoke', 'Revoke access', 'danger')}
</div>`;
}

const CHANGES: Record<GrantDetail['log'][number]['change'], string> = {
  issued: 'Access began',
  extended: 'More time',
  expired: 'Time was over',
  revoked: 'Revoked',
  restored: 'Restored',
};

function log({ log }: GrantDetail): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="What happened to this access"><table>
<thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Until</th><th scope="col">Reason or payment</th></tr></thead>
<tbody>${log.map(
    (
      row,
    ) => html`<tr><td>${moment(row.atMs)}</td><td>${CHANGES[row.change]}</td><td>${row.expiresAtMs === null ? 'for ever' : moment(row.expiresAtMs)}</td><td>${row.reason}${row.paymentHash && shortKey(row.paymentHash, 'payment hash')}</td></tr>
`,
  )}</tbody></table></div>`;
}
