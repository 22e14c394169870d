import { type Html, html } from '../../html.ts';
import type { Viewer } from '../../viewer.ts';
import { addressOf } from './address.ts';
import type { Catalogue } from './catalogue.ts';

const NAMES: Record<string, string> = {
  q: 'the words',
  kind: 'the kind',
  price: 'the price',
  fresh: 'the time of the last update',
};

/** Says how to find something after all. */
export function nothingFound({ form, tags }: Catalogue, viewer: Viewer): Html {
  const { values } = form;
  const filters = Object.keys(NAMES).filter((name) => values[name]);
  if (filters.length + tags.length === 0) return nothingOnSale(viewer);
  const ways = [
    ...filters.map((name) => [addressOf({ ...values, [name]: '' }, tags), NAMES[name]] as const),
    ...tags.map(
      (tag) =>
        [
          addressOf(
            values,
            tags.filter((other) => other !== tag),
          ),
          `the tag ${tag}`,
        ] as const,
    ),
  ];
  return html`<div class="empty">
<h2>Nothing fits all of that</h2>
<p>Search looks at titles, descriptions and tags. The last word may be unfinished, <kbd>"two words"</kbd> stand together, and <kbd>-word</kbd> leaves out.</p>
<p>Search again without ${ways.map(([href, name], at) => html`${at > 0 && (at === ways.length - 1 ? ' or ' : ', ')}<a href="${href}">${name}</a>`)}.</p>
<p><a href="/">Show all data</a></p>
</div>`;
}

function nothingOnSale({ account }: Viewer): Html {
  return html`<div class="empty">
<h2>Nothing is on sale yet</h2>
<p>As soon as a seller publishes a feed, it stands here.</p>
<p>${account ? html`<a class="button" href="/desk/listings">List your data</a>` : html`<a class="button" href="/register">Sell your data</a>`}</p>
</div>`;
}
