import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { shortText } from './columns.ts';
import { dataPage, type Owned } from './data-page.ts';

export const PAGE_ENTRIES = 50;
/** What is longer is folded away. */
const SHORT_VALUE = 120;
const MAX_VALUE = 20_000;

export interface EntriesView extends Owned {
  entries: { seq: number; key: string; value: unknown }[];
  more: boolean;
  prefix: string;
  after: string;
}

/** The entries of a Hyperbee, in the order of their keys. */
export function entriesPage(view: EntriesView): Page {
  const { item, entries, more, prefix, after } = view;
  const base = `/shelf/${item.grant.id}`;
  const page = (query: Record<string, string>) =>
    `${base}?${new URLSearchParams({ ...(prefix && { q: prefix }), ...query })}`;
  return dataPage(
    view,
    html`<form method="get" action="${base}" role="search" class="shelf-search">
<div class="field"><label for="q">Keys that begin with</label>
<input id="q" name="q" type="search" value="${prefix}" autocomplete="off" spellcheck="false" maxlength="1000"></div>
<button class="second">Search</button></form>
${
  entries.length === 0
    ? none(prefix)
    : html`<div class="scroll shelf-entries" tabindex="0" role="region" aria-label="Entries, as a table">
<table><caption>${after ? html`Entries behind <code>${shortText(after)}</code>` : 'Entries in the order of their keys'}</caption>
<thead><tr><th scope="col">Key</th><th scope="col">Value</th></tr></thead>
<tbody>${entries.map(
        ({
          key,
          value,
        }) => html`<tr><th scope="row" class="key">${key}</th><td>${shown(value)}</td></tr>
`,
      )}</tbody></table></div>`
}
<nav class="pager" aria-label="Pages of entries">
${after ? html`<a href="${page({})}">First</a>` : html`<span class="quiet">First</span>`}
${more ? html`<a href="${page({ after: entries.at(-1)!.key })}">Next</a>` : html`<span class="quiet">Next</span>`}
</nav>
<section class="card"><h2>Download</h2>
<form method="get" action="${base}/download">
${prefix ? html`<input type="hidden" name="q" value="${prefix}"><p>All entries whose keys begin with <code>${prefix}</code>.</p>` : html`<p>All entries.</p>`}
<div class="field"><label for="format">Format</label>
<select id="format" name="format"><option value="ndjson">NDJSON, a JSON value a line</option>
<option value="csv">CSV, with a column for keys and one for values</option></select></div>
<div class="actions"><button>Download</button></div>
<p class="quiet">If your access ends meanwhile the download breaks off, and your browser says that it failed.</p>
</form></section>`,
  );
}

function none(prefix: string): Html {
  return prefix
    ? html`<div class="empty"><h2>No key begins so</h2><p>Keys are told apart by upper and lower case. <a href="?">Show all</a></p></div>`
    : html`<div class="empty"><h2>Nothing in here yet</h2><p>The seller has not put anything into it.</p></div>`;
}

function shown(value: unknown): Html {
  const text = JSON.stringify(value) ?? '';
  if (text.length <= SHORT_VALUE) return html`<code>${text}</code>`;
  const whole =
    text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : JSON.stringify(value, null, 2);
  return html`<details><summary><code>${text.slice(0, SHORT_VALUE)}…</code></summary><pre tabindex="0">${whole}</pre></details>`;
}
