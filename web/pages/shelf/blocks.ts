import { attribute, type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { figure } from '../../parts/chart.ts';
import { type Row, type Sheet, sheetOf } from './columns.ts';
import { dataPage, type Owned } from './data-page.ts';
import { extendPath } from './shelf-item.ts';

export const PAGE_BLOCKS = 50;

export interface BlocksView extends Owned {
  rows: Row[];
  /** How many blocks the feed has. */
  length: number;
  schema: unknown;
  /** What a jump to a time could not be done for. */
  fault: string | null;
}

const count = (blocks: number) => blocks.toLocaleString('en');

/** The blocks of a Hypercore, page by page. */
export function blocksPage(view: BlocksView): Page {
  const { rows, length, item, schema, fault } = view;
  const oldest = item.grant.fromBlock;
  if (length <= oldest) {
    return dataPage(
      view,
      html`<div class="empty">${nothingYet(length)}</div>${live(view, length)}`,
    );
  }
  const sheet = sheetOf(rows, schema);
  const first = rows[0]?.index ?? 0;
  const end = (rows.at(-1)?.index ?? -1) + 1;
  const title = `Blocks ${count(first)} to ${count(end - 1)} of ${count(length)}`;
  const base = `/shelf/${item.grant.id}`;
  return dataPage(
    view,
    html`${fault && html`<div class="notice bad" role="alert"><p>${fault}</p></div>`}
${end === length ? live(view, end) : NOTHING}
${pager(base, oldest, first, end, length)}
<div id="blocks" ${attribute('data-time', sheet.timeName)}>${figure({ title, ...sheet })}</div>
${pager(base, oldest, first, end, length)}
<div class="shelf-tools">
${jump(base, oldest, length, sheet)}
${download(base, oldest, length, hasColumns(schema))}
</div>`,
  );
}

function nothingYet(length: number): Html {
  return length === 0
    ? html`<h2>The feed is empty still</h2><p>The seller has not put anything into it. What comes shows here by itself.</p>`
    : html`<h2>Nothing has come since</h2><p>Your plan includes what comes after block ${count(length - 1)}. It shows here by itself.</p>`;
}

function pager(base: string, oldest: number, first: number, end: number, length: number): Html {
  const link = (start: number, text: string, isThere: boolean) =>
    isThere
      ? html`<a href="${base}?start=${start}">${text}</a>`
      : html`<span class="quiet">${text}</span>`;
  return html`<nav class="pager" aria-label="Pages of blocks">
${link(oldest, 'First', first > oldest)} ${link(Math.max(oldest, first - PAGE_BLOCKS), 'Previous', first > oldest)}
${link(end, 'Next', end < length)} ${end < length ? html`<a href="${base}">Last</a>` : html`<span class="quiet">Last</span>`}
</nav>`;
}

function live({ item }: Owned, end: number): Html {
  return html`<div class="notice live" id="live" data-address="/shelf/${item.grant.id}/tail?start=${end}" hidden>
<p><strong id="live-state">Connecting</strong> <span id="live-count" class="quiet"></span>
<button type="button" class="second" id="live-switch">Pause</button></p>
<p id="live-end" role="status"></p>
<p id="live-extend" hidden><a class="button" href="${extendPath(item)}">Buy more time</a></p>
</div>`;
}

function jump(base: string, oldest: number, length: number, { timeName }: Sheet): Html {
  return html`<section class="card"><h2>Go to</h2>
<form method="get" action="${base}"><div class="field"><label for="start">Block</label>
<p class="hint" id="start-hint">From ${oldest} to ${length - 1}.</p>
<input id="start" name="start" type="number" min="${oldest}" max="${length - 1}" required aria-describedby="start-hint"></div>
<div class="actions"><button class="second">Show the block</button></div></form>
${
  timeName !== null &&
  html`<form method="get" action="${base}"><div class="field"><label for="at">Time, in UTC</label>
<p class="hint" id="at-hint">Found by “${timeName}”, if blocks stand in its order.</p>
<input id="at" name="at" type="datetime-local" step="1" required aria-describedby="at-hint"></div>
<div class="actions"><button class="second">Show the time</button></div></form>`
}</section>`;
}

function download(base: string, oldest: number, length: number, csv: boolean): Html {
  return html`<section class="card"><h2>Download</h2>
<form method="get" action="${base}/download">
<div class="field"><label for="format">Format</label>
<select id="format" name="format">${csv && html`<option value="csv">CSV, for spreadsheets</option>`}
<option value="ndjson">NDJSON, a JSON value a line</option>
<option value="blocks">Blocks as they are, each after its length</option></select></div>
<div class="field"><label for="from">From block</label>
<input id="from" name="start" type="number" min="${oldest}" max="${length - 1}" value="${oldest}"></div>
<div class="field"><label for="to">To before block</label>
<p class="hint" id="to-hint">Left empty: all that there is.</p>
<input id="to" name="end" type="number" min="1" aria-describedby="to-hint"></div>
<div class="actions"><button>Download</button></div>
<p class="quiet">If your access ends meanwhile the download breaks off, and your browser says that it failed: a part is never passed off as the whole.</p>
</form></section>`;
}

function hasColumns(schema: unknown): boolean {
  const { properties } = (schema ?? {}) as { properties?: unknown };
  return (
    typeof properties === 'object' && properties !== null && Object.keys(properties).length > 0
  );
}
