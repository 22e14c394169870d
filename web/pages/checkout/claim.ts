import { type Html, html, NOTHING } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import type { Checkout } from './checkout.ts';

/** The claim code before there is anything to claim: for whoever closes the page too soon. */
export function claimDetails({ claimCode }: Checkout, _viewer: Viewer): Html {
  if (claimCode === null) return NOTHING;
  return html`<details class="claim" id="claim"><summary>Your claim code</summary>
<p>Whoever has it has what this order buys. This browser remembers the order; the code is for every other place.</p>
${code(claimCode)}
</details>`;
}

/** The claim code once it holds access, until the buyer has said that he kept it. */
export function claimCard({ claimCode, order }: Checkout, viewer: Viewer): Html {
  if (claimCode === null) return NOTHING;
  return html`<section class="card claim" aria-labelledby="claim-title">
<h2 id="claim-title">Keep your claim code</h2>
<p>It is the only way to your data from anywhere but this browser, and the market cannot tell it again. Whoever has it has the access.</p>
${code(claimCode)}
<form method="post" action="/orders/${order.id}/kept">${csrfField(viewer)}
<div class="actions"><button class="second" id="kept">I have kept it</button></div></form>
</section>`;
}

function code(claimCode: string): Html {
  return html`<p class="claim-code"><code data-copy data-copy-name="the claim code">${claimCode}</code></p>`;
}
