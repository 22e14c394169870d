import type { Account } from '../../../contract/account.ts';
import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary, field } from '../../parts/form.ts';
import { moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { deskPage } from './desk-page.ts';
import { doneNotice } from './done.ts';

export interface SettingsView {
  account: Account;
  /** How many browsers are logged in, this one too. */
  sessions: number;
  form: FormState;
  done: string | undefined;
}

/** Who a seller is, and how the account is logged into. */
export function settingsPage(view: SettingsView, viewer: Viewer): Page {
  const { account, sessions, form, done } = view;
  const main = html`<h1>Settings</h1>
${doneNotice(done)}
${faultSummary(form)}
<h2>What buyers see</h2>
${profile(account, form, viewer)}
<h2>Logging in</h2>
${login(account)}
${wallet(account)}
<h2>Where you are logged in</h2>
<p>${sessions === 1 ? 'In this browser only.' : `In ${sessions} browsers, this one too.`} A session ends after a day without use, and after 30 days in any case.</p>
<form method="post" action="/desk/settings/sessions">${csrfField(viewer)}
<div class="actions"><button class="danger">Log out everywhere</button></div></form>
<p class="quiet">The account was opened ${moment(account.createdAtMs)}. Its id is <code class="key">${account.id}</code>.</p>`;
  return deskPage('settings', 'Settings', main, form);
}

function profile(account: Account, form: FormState, viewer: Viewer): Html {
  return html`<form method="post" action="/desk/settings" class="card">
${csrfField(viewer)}
${field({ name: 'name', label: 'Name', hint: 'Shown beside your listings.', required: true, maxlength: 80, value: account.name, autocomplete: 'organization' }, form)}
${field({ name: 'homepage', label: 'Homepage (may be left empty)', type: 'url', maxlength: 300, value: account.homepage ?? '', placeholder: 'https://example.org' }, form)}
${field({ name: 'contact', label: 'Contact (may be left empty)', hint: 'How buyers reach you: an email address, a link, whatever you read.', maxlength: 200, value: account.contact ?? '' }, form)}
<div class="actions"><button>Save</button></div>
</form>`;
}

function login({ email }: Account): Html {
  if (email === null) {
    return html`<p>Only your wallet logs into this account. <strong>If you lose it, nobody can open the account again.</strong></p>
<div class="actions"><a class="button" href="/desk/settings/login">Add an email and password</a></div>`;
  }
  return html`<p>With the email <strong>${email}</strong> and a password.</p>
<div class="actions"><a class="button second" href="/desk/settings/email">Change the email</a> <a class="button second" href="/desk/settings/password">Change the password</a></div>`;
}

function wallet({ hasWallet, email }: Account): Html {
  const link = '/login/wallet?next=%2Fdesk%2Fsettings%3Fdone%3Dwallet-linked';
  if (!hasWallet) {
    return html`<p>No Lightning wallet logs into this account.</p>
<div class="actions"><a class="button second" href="${link}">Link a wallet</a></div>`;
  }
  return html`<p>A Lightning wallet logs into this account${email !== null && ' too'}.</p>
<div class="actions"><a class="button second" href="${link}">Link another instead</a> ${email !== null && html`<a class="button danger" href="/desk/settings/wallet">Unlink the wallet</a>`}</div>`;
}
