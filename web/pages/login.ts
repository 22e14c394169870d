import { html } from '../html.ts';
import type { Page } from '../page.ts';
import { csrfField, type FormState, faultSummary, field } from '../parts/form.ts';
import type { Viewer } from '../viewer.ts';

export function loginPage(
  { next, form }: { next: string | null; form: FormState },
  viewer: Viewer,
): Page {
  return {
    title: 'Log in',
    status: Object.keys(form.faults).length > 0 ? 422 : 200,
    main: html`<div class="narrow"><h1>Log in</h1>
${faultSummary(form)}
<form method="post" action="/login">
${csrfField(viewer)}
${next && html`<input type="hidden" name="next" value="${next}">`}
${field({ name: 'email', label: 'Email', type: 'email', autocomplete: 'username', required: true }, form)}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true }, form)}
<div class="actions"><button>Log in</button> <a href="/register">Open an account</a></div>
</form></div>`,
  };
}
