import { type Html, html } from '../../html.ts';

/**
 * A secret, shown in the answer to the form that made it and nowhere else.
 *
 * @param address what a script puts in the place of the form's, so that reloading does not send the form again
 */
export function secretNotice(secret: string, name: string, address: string, says: string): Html {
  return html`<section class="notice good secret" aria-labelledby="secret-title" data-address="${address}">
<h2 id="secret-title" tabindex="-1" autofocus>Your new ${name}</h2>
<p><code class="key" data-copy data-copy-name="${name}">${secret}</code></p>
<p>${says} <strong>It is shown this once: copy it now.</strong></p>
</section>`;
}
