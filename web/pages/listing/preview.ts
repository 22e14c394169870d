import type { Listing, ListingPreview } from '../../../contract/index.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import { figure } from '../../parts/chart.ts';
import { previewTable } from '../../parts/preview-table.ts';
import { ago } from '../../parts/time.ts';
import { entryBrowser } from './entries.ts';
import { fileTree } from './files.ts';
import { count, ITEM, type ListingView } from './view.ts';

/** What anybody may see of the data, in the shape that it has. */
export function previewSection({ listing, preview, nowMs }: ListingView): Html {
  const items = preview?.items ?? [];
  return html`<section aria-labelledby="preview" data-live="preview"><h2 id="preview">Preview</h2>
${preview && items.length > 0 ? shown(listing, preview, nowMs) : html`<p>${nothing(listing)}</p>`}
</section>`;
}

function nothing({ state, preview, feed }: Listing): string {
  if (state === 'withdrawn') return 'Nothing is shown of data that was withdrawn.';
  if (preview.blocks === 0) {
    return 'The seller shows no sample. The description and the schema below say what you get.';
  }
  if (feed.cores.every(({ length }) => length === 0)) {
    return 'The feed is empty so far. What you buy is what is written into it from now on.';
  }
  return 'The market has not taken a sample of this feed yet. Look again in a moment.';
}

function shown(listing: Listing, preview: ListingPreview, nowMs: number): Html {
  const { slug, feed, state } = listing;
  const { items, from, takenAtMs } = preview;
  const title = `The ${from} ${items.length === 1 ? ITEM[feed.kind] : count(items.length, ITEM[feed.kind])}`;
  return html`${drawn(title, items, feed)}
<p class="sample">${takenAtMs !== null && html`<span class="quiet">As of ${ago(takenAtMs, nowMs)}.</span> `}${state === 'draft' ? 'Buyers may download this sample here.' : html`Download this sample as <a href="/listings/${slug}/sample.ndjson" download>NDJSON</a> or <a href="/listings/${slug}/sample.csv" download>CSV</a>.`}</p>`;
}

function drawn(title: string, items: ListingPreview['items'], feed: Listing['feed']): Html {
  const isKeyed = feed.kind === 'autobase' && items[0]?.key !== undefined;
  if (feed.kind === 'hyperbee' || isKeyed) return entryBrowser(title, items);
  if (feed.kind === 'hyperdrive') return fileTree(title, items);
  const { columns, rows, columnsLeftOut } = previewTable(items, feed.blockSchema);
  return html`${figure({ title, columns, rows })}
${columnsLeftOut > 0 ? html`<p class="quiet">Only in the sample: ${count(columnsLeftOut, 'more column')}.</p>` : NOTHING}`;
}
