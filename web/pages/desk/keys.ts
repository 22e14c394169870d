import type { ApiKey } from '../../../contract/account.ts';
import { attribute, type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, csrfField, type FormState, faultSummary, field } from '../../parts/form.ts';
import { ago, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { keyBadge } from './badges.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';
import { SCOPE_WORDS, SCOPES } from './scope-words.ts';
import { secretNotice } from './secret-notice.ts';

export interface KeysView {
  keys: ApiKey[];
  form: FormState;
  /** The scopes that were ticked. */
  scopes: readonly string[];
  /** A key that was just made, for this once. */
  made: string | null;
  nowMs: number;
  done: string | undefined;
}

/** The API keys of a seller, and a form for another. */
export function keysPage(view: KeysView, viewer: Viewer): Page {
  const { keys, made, form, nowMs } = view;
  const main = html`<h1>API keys</h1>
${doneNotice(view.done)}
${faultSummary(form)}
${made !== null && secretNotice(made, 'API key', '/desk/keys', 'Programs send it as Authorization: Bearer, and it is yours to keep: the market has only its hash.')}
<p class="quiet">Programs of yours use the <a href="/docs">HTTP API</a> with a key each, so that you can end one without the others.</p>
${keys.length === 0 ? html`<p>You have none yet.</p>` : table(keys, nowMs)}
<h2>Make a key</h2>
${make(form, view.scopes, viewer)}`;
  return deskPage('keys', 'API keys', main, form);
}

function table(keys: ApiKey[], nowMs: number): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="API keys"><table>
<thead><tr><th scope="col">Label</th><th scope="col">State</th><th scope="col">May</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
<tbody>${keys.map((key) => row(key, nowMs))}</tbody>
</table></div>`;
}

function row(key: ApiKey, nowMs: number): Html {
  const { id, label, env, scopes, lastUsedAtMs, revokedAtMs, expiresAtMs } = key;
  const isLive = revokedAtMs === null && (expiresAtMs === null || expiresAtMs > nowMs);
  return html`<tr>
<td>${label}<br><code class="key quiet">dzr_${env}_${id}_…</code></td>
<td>${keyBadge(key, nowMs)}</td>
<td>${scopes.map((scope) => SCOPE_WORDS[scope][0].toLowerCase()).join(', ')}</td>
<td>${lastUsedAtMs === null ? 'never' : ago(lastUsedAtMs, nowMs)}</td>
<td>${expiresAtMs === null ? 'never' : moment(expiresAtMs)}</td>
<td>${isLive && html`<a href="/desk/keys/${id}/rotate" aria-label="Rotate ${label}">Rotate</a> <a href="/desk/keys/${id}/revoke" aria-label="Revoke ${label}">Revoke</a>`}</td>
</tr>
`;
}

function make(form: FormState, ticked: readonly string[], viewer: Viewer): Html {
  return html`<form method="post" action="/desk/keys" class="card">
${csrfField(viewer)}
${field({ name: 'label', label: 'What it is for', hint: 'For you to tell it from others.', required: true, maxlength: 80 }, form)}
<fieldset id="field-scopes"><legend>What it may do</legend>
${form.faults.scopes && html`<p class="fault">${form.faults.scopes}</p>`}
${SCOPES.map((scope) => {
  const [name, says] = SCOPE_WORDS[scope];
  return html`<p class="tick"><input type="checkbox" name="scopes" value="${scope}" id="scope-${scope}" ${attribute('checked', ticked.includes(scope))}> <label for="scope-${scope}">${name}</label> <span class="hint">${says}</span></p>`;
})}</fieldset>
${choice({ name: 'lasts', label: 'How long it lasts', value: '365', options: LASTS }, form)}
<div class="actions"><button>Make the key</button></div>
</form>`;
}

/** In days. */
export const LASTS = [
  { value: '30', text: '30 days' },
  { value: '90', text: '90 days' },
  { value: '365', text: 'A year' },
  { value: '', text: 'Until you revoke it' },
];
