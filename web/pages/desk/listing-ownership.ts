import type { FeedState } from '../../../contract/mirrored-feed.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import { csrfField, type FormState, field } from '../../parts/form.ts';
import { moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';

/** How the seller of a mirrored feed shows that it is his. */
export function ownershipSection(feed: FeedState, form: FormState, viewer: Viewer): Html {
  const { ownership, listing } = feed;
  if (!ownership) return NOTHING;
  if (ownership.provedAtMs !== null) {
    return html`<p class="notice good" id="ownership">The feed was proved to be yours on ${moment(ownership.provedAtMs)}.</p>`;
  }
  return html`<section class="card" id="ownership"><h2>Prove that the feed is yours</h2>
<ol>
<li>Let your machine join the swarm with the peer key that you gave, and replicate to the market’s seeders only: their keys stand in <a href="/v1/market">/v1/market</a>.</li>
<li>Sign each text below with the key pair that writes the core (Ed25519, the bytes of the text in UTF-8), such as with hypercore-crypto: <code>crypto.sign(Buffer.from(text), core.keyPair.secretKey)</code>.</li>
<li>Paste the signatures. The text names this market and this feed: it is worth nothing anywhere else.</li>
</ol>
<form method="post" action="/desk/listings/${listing}/ownership">${csrfField(viewer)}
${ownership.toSign.map(({ coreKey, text }, at) => proof({ role: feed.cores[at]?.role, coreKey, text }, at, form))}
<div class="actions"><button>Check the proof</button></div></form></section>`;
}

function proof(
  { role, coreKey, text }: { role: string | undefined; coreKey: string; text: string },
  at: number,
  form: FormState,
): Html {
  return html`<fieldset><legend>Core ${role}</legend>
<input type="hidden" name="core-${at}" value="${coreKey}">
<p>To sign:</p><pre tabindex="0" data-copy data-copy-name="the text"><code>${text}</code></pre>
${field({ name: `signature-${at}`, label: 'Signature', hint: '128 hexadecimal digits.', spellcheck: false }, form)}
${field({ name: `manifest-${at}`, label: 'Manifest (when the core has one)', hint: 'core.getManifest({ raw: true }) in hexadecimal.', spellcheck: false }, form)}
</fieldset>`;
}
