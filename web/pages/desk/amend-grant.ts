import type { GivenGrant } from '../../../contract/sale.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, csrfField, type FormState, faultSummary, field } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { deskPage } from './desk-page.ts';
import { grantTerm } from './grant.ts';
import { onceField } from './once.ts';
import { shortKey } from './short-key.ts';

export const GRANT_CHANGES = ['revoke', 'restore', 'extend'] as const;
export type GrantChange = (typeof GRANT_CHANGES)[number];

const WORDS: Record<GrantChange, { title: string; says: string; button: string; kind: string }> = {
  revoke: {
    title: 'Revoke access',
    says: 'The buyer is cut off within milliseconds, also in the middle of a download. The time goes on meanwhile, in case you restore it. Nothing is paid back.',
    button: 'Revoke access',
    kind: 'danger',
  },
  restore: {
    title: 'Restore access',
    says: 'The buyer can read again at once, until the end that the access had.',
    button: 'Restore access',
    kind: '',
  },
  extend: {
    title: 'Give more time',
    says: 'As if it were bought: appended to what is left, or from now on where nothing is. Nobody pays for it.',
    button: 'Give more time',
    kind: '',
  },
};

export interface AmendView {
  change: GrantChange;
  grant: GivenGrant;
  form: FormState;
  once: string;
  nowMs: number;
}

/** Asks whether access is really to be changed, and why. */
export function amendGrantPage(
  { change, grant, form, once, nowMs }: AmendView,
  viewer: Viewer,
): Page {
  const { title, says, button, kind } = WORDS[change];
  const main = html`<p><a href="/desk/buyers/${grant.id}">← Access to ${grant.listing}</a></p>
<h1>${title}</h1>
${faultSummary(form)}
<p>Buyer key ${shortKey(grant.buyerKey, 'buyer key')}, listing ${grant.listing}.</p>
${grantTerm(grant, nowMs)}
<p>${says}</p>
<form method="post" action="/desk/buyers/${grant.id}/${change}">
${csrfField(viewer)}${onceField(once)}
${change === 'extend' ? time(form) : NOTHING}
${field({ name: 'reason', label: 'Reason', hint: 'Kept with the access, and told to your webhooks.', required: true, maxlength: 500 }, form)}
<div class="actions"><button class="${kind}">${button}</button> <a href="/desk/buyers/${grant.id}">Cancel</a></div>
</form>`;
  return deskPage('buyers', title, main, form);
}

function time(form: FormState): Html {
  return html`<div class="pair">
${field({ name: 'amount', label: 'How much', type: 'number', min: 1, max: 3660, step: 1, required: true, value: '1' }, form)}
${choice({ name: 'unit', label: 'Of what', value: 'days', options: UNITS }, form)}
</div>`;
}

const UNITS = [
  { value: 'minutes', text: 'Minutes' },
  { value: 'hours', text: 'Hours' },
  { value: 'days', text: 'Days' },
];
