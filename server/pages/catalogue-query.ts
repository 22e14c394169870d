import { z } from 'zod';
import { feedKind, listingQuery, listingSort } from '../../contract/index.ts';
import type { Search } from '../../flow/search-listings.ts';
import type { FormState } from '../../web/parts/form.ts';
import { asSearch } from '../read-search.ts';
import { readForm } from './form.ts';
import type { Visit } from './page-router.ts';

const PAGE = 24;
const HOUR_MS = 3_600_000;
const WITHIN_MS = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
};
const FIELDS = ['q', 'kind', 'price', 'fresh', 'sort'] as const;

/** The catalogue's address, as people read and write it: sat instead of msat, words instead of milliseconds. */
const catalogueQuery = z.object({
  q: listingQuery.shape.q,
  tag: z.array(z.string().regex(/^[a-z0-9-]{1,40}$/, 'There is no such tag.')).max(10),
  kind: z.enum(feedKind.options, 'There is no such kind of data.').optional(),
  price: z
    .string()
    .regex(/^\d{1,15}$/, 'Write a whole number of sat, such as 100.')
    .optional(),
  fresh: z
    .enum(Object.keys(WITHIN_MS) as (keyof typeof WITHIN_MS)[], 'There is no such span of time.')
    .optional(),
  sort: z.enum(listingSort.options, 'There is no such order.').optional(),
  after: listingQuery.shape.cursor,
});

/** What the catalogue's address asks for, and how its form is filled in; the search is null when that has faults. */
export function readCatalogueQuery({ query, all }: Pick<Visit, 'query' | 'all'>): {
  form: FormState;
  tags: string[];
  search: Search | null;
  cursor: string | undefined;
} {
  const said = Object.entries(query).filter(([, value]) => value !== '');
  const { after, ...given } = Object.fromEntries(said);
  const values = Object.fromEntries(FIELDS.map((name) => [name, given[name] ?? '']));
  const tag = [...new Set(all('tag').filter(Boolean))];
  const read = readForm(catalogueQuery, { ...given, tag, after }, values);
  if ('faults' in read) return { form: read, tags: [], search: null, cursor: undefined };
  const { q, kind, price, fresh, sort } = read.data;
  const search = asSearch({
    q,
    tag,
    kind,
    maxPriceMsat: price && `${BigInt(price)}000`,
    updatedWithinMs: fresh && WITHIN_MS[fresh],
    sort,
    limit: PAGE,
  });
  return {
    form: { values: { ...values, sort: isUsual(search) ? '' : search.sort }, faults: {} },
    tags: tag,
    search,
    cursor: read.data.after,
  };
}

function isUsual({ sort, text }: Search): boolean {
  return sort === (text === undefined ? 'newest' : 'relevance');
}
