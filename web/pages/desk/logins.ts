import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import {
  csrfField,
  EMPTY_FORM,
  type FieldOptions,
  type FormState,
  faultSummary,
  field,
} from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { confirmPage } from './confirm.ts';
import { deskPage } from './desk-page.ts';

const EMAIL: FieldOptions = {
  name: 'email',
  label: 'New email',
  type: 'email',
  autocomplete: 'username',
  required: true,
  hint: 'You log in with it; nobody else sees it.',
};
const OLD_PASSWORD: FieldOptions = {
  name: 'oldPassword',
  label: 'Present password',
  type: 'password',
  autocomplete: 'current-password',
  required: true,
};
const NEW_PASSWORD: FieldOptions = {
  name: 'newPassword',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  hint: 'At least 12 characters; a few words are best.',
  minlength: 12,
  maxlength: 200,
  required: true,
};

export function passwordPage(form: FormState, viewer: Viewer): Page {
  const says = html`<p>All other sessions of your account end with it.</p>`;
  const fields = [OLD_PASSWORD, NEW_PASSWORD];
  return page({ title: 'Change the password', path: 'password', says, fields, form }, viewer);
}

export function emailPage(form: FormState, viewer: Viewer): Page {
  const says = html`<p>From then on you log in with the new one.</p>`;
  const fields = [EMAIL, OLD_PASSWORD];
  return page({ title: 'Change the email', path: 'email', says, fields, form }, viewer);
}

export function addLoginPage(form: FormState, viewer: Viewer): Page {
  const says = html`<p>Besides your wallet, they log into this account from then on. All other sessions end.</p>`;
  const fields = [EMAIL, NEW_PASSWORD];
  return page({ title: 'Add an email and password', path: 'login', says, fields, form }, viewer);
}

export function unlinkPage(viewer: Viewer): Page {
  return confirmPage(
    {
      desk: 'settings',
      title: 'Unlink the wallet?',
      says: html`<p>Only your email and password log into this account then. All other sessions end, for the wallet may have begun them.</p>`,
      action: '/desk/settings/wallet',
      button: 'Unlink the wallet',
      isDangerous: true,
      back: '/desk/settings',
      form: EMPTY_FORM,
    },
    viewer,
  );
}

interface LoginForm {
  title: string;
  path: string;
  says: Html;
  fields: FieldOptions[];
  form: FormState;
}

function page({ title, path, says, fields, form }: LoginForm, viewer: Viewer): Page {
  const main = html`<div class="narrow"><p><a href="/desk/settings">← Settings</a></p>
<h1>${title}</h1>
${faultSummary(form)}
${says}
<form method="post" action="/desk/settings/${path}">
${csrfField(viewer)}
${fields.map((one) => field(one, form))}
<div class="actions"><button>Save</button> <a href="/desk/settings">Cancel</a></div>
</form></div>`;
  return { ...deskPage('settings', title, main, form), islands: ['password'] };
}
