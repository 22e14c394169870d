import { type Html, html, NOTHING } from '../html.ts';
import { type SchemaRow, schemaRows } from './schema-rows.ts';

const MAX_PRETTY = 100_000;

/**
 * A JSON Schema as a table of properties, with the schema itself below.
 *
 * @param subject what one value is called: `block`, `entry`
 */
export function schemaTable(schema: Record<string, unknown>, subject: string): Html {
  const { type, rows, leftOut } = schemaRows(schema);
  return html`${rows.length > 0 ? table(rows, subject) : html`<p>${bare(type, subject)}</p>`}
${
  leftOut.length > 0
    ? html`<p class="quiet">The schema says more than this table shows: ${leftOut.join('; ')}.</p>`
    : NOTHING
}
<details><summary>The schema itself (JSON Schema)</summary>
<pre tabindex="0"><code>${pretty(schema)}</code></pre>
</details>`;
}

function bare(type: string, subject: string): string {
  if (type === 'anything')
    return `The seller’s schema does not say what ${article(subject)} holds.`;
  return `${capital(article(subject))}: ${type}. The schema names no properties.`;
}

function table(rows: SchemaRow[], subject: string): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Properties of ${article(subject)}">
<table class="schema">
<thead><tr><th scope="col">Property</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.map(
  ({ path, type, notes, isRequired, description }) =>
    html`<tr><th scope="row"><code>${path}</code></th>
<td>${type}${notes.map((note) => html` <span class="quiet">${note}</span>`)}${isRequired ? NOTHING : html` <span class="quiet">(may be missing)</span>`}</td>
<td>${description}</td></tr>
`,
)}</tbody>
</table>
</div>`;
}

function pretty(schema: Record<string, unknown>): string {
  const text = JSON.stringify(schema, null, 2);
  return text.length > MAX_PRETTY ? JSON.stringify(schema) : text;
}

const article = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
