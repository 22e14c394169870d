import type { DriveFile, Listing } from '../../../contract/index.ts';
import { attribute, type Html, html, jsonText, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import { bytes } from '../../parts/bytes.ts';
import { csrfField, type FormState, faultSummary, field, textField } from '../../parts/form.ts';
import { ago } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import { statusOf } from '../login.ts';
import { listingBadge } from './listing-badge.ts';
import { feedFigures } from './listings.ts';
import { pager } from './pager.ts';

export interface UploadView {
  listing: Listing;
  form: FormState;
  /** Names what is sent with this page: sent again, nothing of it is appended twice. */
  batchId: string;
  /** Of a drive. */
  files: { files: DriveFile[]; nextCursor: string | null; cursor: string | undefined } | null;
  /** What was taken in. */
  said: string | null;
  nowMs: number;
}

/** Sending data from the browser. */
export function uploadPage(view: UploadView, viewer: Viewer): Page {
  const { listing, form, said } = view;
  const { slug, title, feed } = listing;
  const { length } = feedFigures(listing);
  return {
    title: `Data of ${title}`,
    desk: 'listings',
    status: statusOf(form),
    islands: ['upload'],
    main: html`<p class="crumbs"><a href="/desk/listings/${slug}">← ${title}</a></p>
<h1>Data ${listingBadge(listing.state)}</h1>
${said && html`<p class="notice good" role="status">${said}</p>`}
${faultSummary(form)}
<p data-length="${length}">The feed holds ${length.toLocaleString('en')} block${length === 1 ? '' : 's'} now. <a href="/desk/listings/${slug}/preview">See it as buyers do</a>${listing.state === 'draft' && length > 0 && html`, or <a href="/desk/listings/${slug}">publish it</a>`}.</p>
${feed.origin === 'mirrored' ? html`<p class="notice">This feed is written on your own machine: append to it there, and the market copies what is new.</p>` : hosted(view, viewer)}`,
  };
}

function hosted(view: UploadView, viewer: Viewer): Html {
  const { listing, files, nowMs } = view;
  const isDrive = listing.feed.kind === 'hyperdrive';
  return html`${isDrive ? filesForm(view, viewer) : rowsForm(view, viewer)}
<div data-upload-state></div>
${!isDrive && pasteForm(view, viewer)}
${files && fileList(listing.slug, files, nowMs, viewer)}
<details><summary>Send it with a program</summary>
<p>The <a href="/docs">HTTP API</a> takes endless streams. Make an <a href="/desk/keys">API key</a> with the scope “data”, and:</p>
<pre tabindex="0"><code>${command(listing, viewer)}</code></pre></details>`;
}

function rowsForm({ listing, form, batchId }: UploadView, viewer: Viewer): Html {
  const { slug, feed } = listing;
  const isBee = feed.kind === 'hyperbee';
  return html`<form class="card" method="post" enctype="multipart/form-data" action="/desk/listings/${slug}/data" data-upload="${feed.kind}" data-slug="${slug}">
${csrfField(viewer)}<input type="hidden" name="batchId" value="${batchId}">
<script type="application/json" data-schema>${jsonText(feed.blockSchema)}</script>
${isBee && keyField(form)}
<div class="field"><label for="upload-file">A file of rows</label>
<p class="hint" id="upload-hint">CSV with a header row, or NDJSON: a JSON ${isBee ? 'object' : 'value'} a line. Of any size. ${columnsHint(listing)}</p>
<input type="file" id="upload-file" name="file" required accept=".csv,.ndjson,.jsonl,.json,text/csv,application/x-ndjson" aria-describedby="upload-hint"></div>
<div data-look></div>
<div class="actions"><button>Send</button></div>
<p class="hint">If it breaks off, send the same file again: what arrived is kept, and nothing comes twice.</p>
</form>`;
}

function keyField(form: FormState): Html {
  return field(
    {
      name: 'keyColumn',
      label: 'Column with the key',
      hint: 'Its value is what buyers look the rest up by. A row with a key that is there replaces it.',
      required: true,
      value: 'key',
      spellcheck: false,
      maxlength: 200,
    },
    form,
  );
}

function columnsHint({ slug, feed }: Listing): Html {
  const names = Object.keys((feed.blockSchema.properties as object | undefined) ?? {});
  if (feed.kind === 'hyperbee') return NOTHING;
  if (names.length === 0) {
    return html`For CSV, <a href="/desk/listings/${slug}/edit#fields">say first what a row holds</a>.`;
  }
  return html`Columns: ${names.map((name, at) => [at > 0 && ', ', html`<code>${name}</code>`])}.`;
}

function pasteForm({ listing, form, batchId }: UploadView, viewer: Viewer): Html {
  const { slug, feed } = listing;
  return html`<details ${attribute('open', Boolean(form.values.text))}><summary>Or paste a few rows</summary>
<form method="post" action="/desk/listings/${slug}/data/paste">
${csrfField(viewer)}<input type="hidden" name="batchId" value="${batchId}-p">
${feed.kind === 'hyperbee' && html`<input type="hidden" name="keyColumn" value="${form.values.keyColumn ?? 'key'}">`}
${textField({ name: 'text', label: 'Rows', hint: 'CSV with its header row, or a JSON value a line.', rows: 6, required: true }, form)}
<div class="actions"><button class="second">Append them</button></div>
</form></details>`;
}

function filesForm({ listing, form, batchId }: UploadView, viewer: Viewer): Html {
  const { slug } = listing;
  return html`<form class="card" method="post" enctype="multipart/form-data" action="/desk/listings/${slug}/data" data-upload="hyperdrive" data-slug="${slug}">
${csrfField(viewer)}<input type="hidden" name="batchId" value="${batchId}">
${field({ name: 'folder', label: 'Into the folder', hint: 'Left empty: at the top.', placeholder: '2026/june', spellcheck: false, maxlength: 900 }, form)}
<div class="field"><label for="upload-file">Files</label>
<input type="file" id="upload-file" name="file" multiple></div>
<div class="field"><label for="upload-folder">Or a whole folder</label>
<input type="file" id="upload-folder" name="file" multiple webkitdirectory></div>
<div class="actions"><button>Send</button></div>
<p class="hint">Up to 16 GiB each. One that is there already is replaced. A file comes into force when all of it has arrived.</p>
</form>`;
}

function fileList(
  slug: string,
  { files, nextCursor, cursor }: NonNullable<UploadView['files']>,
  nowMs: number,
  viewer: Viewer,
): Html {
  const path = `/desk/listings/${slug}/data`;
  const rows = files.map(
    ({ path: name, size, contentType, updatedAtMs }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td class="number">${bytes(size)}</td><td>${contentType}</td><td>${ago(updatedAtMs, nowMs)}</td>
<td><form method="post" action="${path}/delete" class="inline">${csrfField(viewer)}<input type="hidden" name="path" value="${name}"><button class="link" aria-label="Delete ${name}">Delete</button></form></td></tr>`,
  );
  return html`<section data-files><h2>Files</h2>
${
  files.length === 0
    ? html`<p class="empty">There is no file yet.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Files of the drive"><table>
<thead><tr><th scope="col">Path</th><th scope="col" class="number">Size</th><th scope="col">Type</th><th scope="col">Written</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}
${pager(path, { ...(cursor && { cursor }) }, nextCursor)}</section>`;
}

function command({ slug, feed }: Listing, { origin }: Viewer): string {
  const at = `${origin}/v1/seller/listings/${slug}`;
  const auth = `-H 'Authorization: Bearer YOUR_KEY'`;
  if (feed.kind === 'hyperdrive')
    return `curl -T strikes.csv ${auth} \\\n  ${at}/files/2026/strikes.csv`;
  const [what, type] =
    feed.kind === 'hyperbee' ? ['entries', 'application/x-ndjson'] : ['blocks', 'text/csv'];
  const file = feed.kind === 'hyperbee' ? 'changes.ndjson' : 'readings.csv';
  return `curl --data-binary @${file} -H 'Content-Type: ${type}' ${auth} \\\n  '${at}/${what}?batchId=first'`;
}
