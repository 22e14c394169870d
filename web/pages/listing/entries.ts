import type { ListingPreview } from '../../../contract/index.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import { bytes } from '../../parts/bytes.ts';
import { cellText, hexHead } from '../../parts/preview-table.ts';

const MAX_PRETTY = 4_000;

/** The entries of a Hyperbee by key. A script adds a field to filter them with. */
export function entryBrowser(title: string, items: ListingPreview['items']): Html {
  return html`<figure class="figures entries" data-entries>
<figcaption>${title}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${title}, by key">
<table>
<thead><tr><th scope="col">Key</th><th scope="col">Value</th></tr></thead>
<tbody>
${items.map(
  (item) => html`<tr><th scope="row"><code>${item.key ?? ''}</code></th><td>${value(item)}</td></tr>
`,
)}</tbody>
</table>
</div>
</figure>`;
}

function value({ value, base64 }: ListingPreview['items'][number]): Html {
  if (base64 !== undefined) {
    const { size, head } = hexHead(base64);
    return html`<span class="quiet">${bytes(size)}</span> <code>${head}</code>`;
  }
  const text = cellText(value);
  if (typeof value !== 'object' || value === null) return html`<code>${text}</code>`;
  const pretty = JSON.stringify(value, null, 2);
  return html`<details><summary><code>${text}</code></summary>
<pre tabindex="0"><code>${pretty.slice(0, MAX_PRETTY)}</code></pre>${pretty.length > MAX_PRETTY ? html`<p class="quiet">Cut: the whole is in the sample.</p>` : NOTHING}</details>`;
}
