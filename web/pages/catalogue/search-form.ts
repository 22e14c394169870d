import { attribute, type Html, html } from '../../html.ts';
import { choice, field } from '../../parts/form.ts';
import { KIND_WORDS } from '../../parts/kind.ts';
import type { Catalogue } from './catalogue.ts';

const ANY = { value: '', text: 'Any' };
const KINDS = Object.entries(KIND_WORDS).map(([value, text]) => ({ value, text }));
const FRESH = [
  { value: 'hour', text: 'The last hour' },
  { value: 'day', text: 'The last day' },
  { value: 'week', text: 'The last week' },
  { value: 'month', text: 'The last 30 days' },
];
const NEWEST = { value: 'newest', text: 'Newest' };
const SORTS = [
  { value: 'popular', text: 'Most bought' },
  { value: 'price', text: 'Lowest price' },
  { value: 'fresh', text: 'Last updated' },
];

/** The catalogue's search: a plain form, which a script sends as it is typed. */
export function searchForm({ form, tags }: Pick<Catalogue, 'form' | 'tags'>): Html {
  const { q = '' } = form.values;
  return html`<form class="search" role="search" method="get" action="/" data-search>
<div class="search-box">
<label class="visually-hidden" for="search">Search the data</label>
<input type="search" id="search" name="q" value="${q}" maxlength="200" placeholder="Weather, prices, satellites …" autocomplete="off" spellcheck="false" enterkeyhint="search" ${attribute('aria-describedby', form.faults.q ? 'search-fault' : null)}>
<button>Search</button>
</div>
${form.faults.q && html`<p class="fault" id="search-fault">${form.faults.q}</p>`}
${tags.map((tag) => html`<input type="hidden" name="tag" value="${tag}">`)}
<div class="filters">
${choice({ name: 'kind', label: 'Kind', options: [ANY, ...KINDS] }, form)}
${field({ name: 'price', label: 'Price up to, in sat', type: 'number', min: 0, max: 999_999_999_999_999, step: 1, inputmode: 'numeric', placeholder: 'Any' }, form)}
${choice({ name: 'fresh', label: 'Updated within', options: [ANY, ...FRESH] }, form)}
${choice({ name: 'sort', label: 'Sort by', options: sorts(q) }, form)}
</div>
</form>`;
}

// What nobody has to ask for has no name in the address: the best match for words, the newest without any.
function sorts(text: string) {
  if (text.trim() === '') return [{ ...NEWEST, value: '' }, ...SORTS];
  return [{ value: '', text: 'Best match' }, NEWEST, ...SORTS];
}
