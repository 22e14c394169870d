import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary, field } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';

/** Finding again what was bought elsewhere. */
export function openPage(form: FormState, viewer: Viewer): Page {
  const isKeyCode = form.values.code !== undefined && form.values.code !== '';
  return {
    title: 'Find a purchase',
    status: Object.keys(form.faults).length > 0 ? 422 : 200,
    main: html`<div class="narrow"><h1>Find a purchase</h1>
${faultSummary(form)}
<h2>With a code</h2>
${isKeyCode && html`<div class="notice warn"><p>Go on only if you asked for this code yourself, just now. A code that somebody sent you would put <em>their</em> key on your shelf.</p></div>`}
<form method="post" action="/shelf/open">
${csrfField(viewer)}
<input type="hidden" name="token" value="${form.values.token}">
${field(
  {
    name: 'code',
    label: 'Claim code or key code',
    hint: 'The claim code was shown when you bought: eight groups of four characters. The key code is what your terminal shows, once, for ten minutes.',
    required: true,
    autocomplete: 'off',
    spellcheck: false,
    maxlength: 200,
  },
  form,
)}
<div class="actions"><button>Put it on my shelf</button></div>
</form>
<h2>With your command line</h2>
<p>You bought with the program <code>dazaar</code>? Run this where your key lives, and type the code that it shows above:</p>
<pre tabindex="0" data-copy data-copy-name="the command"><code>npx dazaar link --market ${viewer.origin}</code></pre>
<h2>With an account</h2>
${
  viewer.account
    ? html`<p>You are logged in as ${viewer.account.name}: what you buy goes onto the shelf of that account, in every browser that you log in with.</p>`
    : html`<p>What you bought while logged in lies on the shelf of that account: <a href="/login/wallet?next=/shelf">log in with your Lightning wallet</a>, or <a href="/login?next=/shelf">with email and password</a>. What lies in this browser goes along.</p>`
}
</div>`,
  };
}
