import { type Html, html, NOTHING } from '../html.ts';
import type { Page } from '../page.ts';
import { csrfField, type FormState, faultSummary, field } from '../parts/form.ts';
import type { Viewer } from '../viewer.ts';

export interface LoginView {
  /** Where to go on to afterwards: a path of our own. */
  next: string | null;
  form: FormState;
}

export function loginPage({ next, form }: LoginView, viewer: Viewer): Page {
  return {
    title: 'Log in',
    status: statusOf(form),
    islands: ['password'],
    main: html`<div class="narrow"><h1>Log in</h1>
${faultSummary(form)}
<form method="post" action="/login">
${csrfField(viewer)}${nextField(next)}
${field({ name: 'email', label: 'Email', type: 'email', autocomplete: 'username', required: true }, form)}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true }, form)}
<div class="actions"><button>Log in</button> <a href="${withNext('/register', next)}">Open an account</a></div>
</form>
${walletDoor(next, viewer)}
</div>`,
  };
}

/** The way in without a password. */
export function walletDoor(next: string | null, viewer: Viewer): Html {
  return html`<section class="other-way"><h2>Or with a Lightning wallet</h2>
<p>Your wallet signs you in: no email, no password. Buyers keep their purchases with it.</p>
<form method="post" action="/login/wallet">${csrfField(viewer)}${nextField(next)}
<button class="second">Use my wallet</button></form></section>`;
}

export function nextField(next: string | null): Html {
  return next === null ? NOTHING : html`<input type="hidden" name="next" value="${next}">`;
}

export function withNext(path: string, next: string | null): string {
  return next === null ? path : `${path}?next=${encodeURIComponent(next)}`;
}

/** A form with something wrong in it was not carried out. */
export function statusOf({ faults }: FormState): number {
  return Object.keys(faults).length > 0 ? 422 : 200;
}
