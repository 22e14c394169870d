import { html } from '../html.ts';
import type { Page } from '../page.ts';
import { csrfField, faultSummary, field } from '../parts/form.ts';
import type { Viewer } from '../viewer.ts';
import { type LoginView, nextField, statusOf, walletDoor, withNext } from './login.ts';

const MIN_PASSWORD = 12;

export function registerPage({ next, form }: LoginView, viewer: Viewer): Page {
  return {
    title: 'Open an account',
    status: statusOf(form),
    islands: ['password'],
    main: html`<div class="narrow"><h1>Open an account</h1>
<p>To sell data, and to keep what you buy in one place. Buying alone needs none.</p>
${faultSummary(form)}
<form method="post" action="/register">
${csrfField(viewer)}${nextField(next)}
${field({ name: 'name', label: 'Your name, or your shop’s', hint: 'Buyers see it beside your data.', autocomplete: 'organization', required: true, maxlength: 80 }, form)}
${field({ name: 'email', label: 'Email', hint: 'To log in with. Nobody else sees it.', type: 'email', autocomplete: 'username', required: true, maxlength: 254 }, form)}
${field({ name: 'password', label: 'Password', hint: `At least ${MIN_PASSWORD} characters. Four words that do not belong together are good, and easy to keep; anything you use elsewhere is not.`, type: 'password', autocomplete: 'new-password', required: true, minlength: MIN_PASSWORD, maxlength: 200 }, form)}
<div class="actions"><button>Open the account</button> <a href="${withNext('/login', next)}">I have one: log in</a></div>
</form>
${walletDoor(next, viewer)}
</div>`,
  };
}
