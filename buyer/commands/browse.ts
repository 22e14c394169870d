import type { Listing } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { count, planTerms } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';
import { plainLine } from '../terminal/text.ts';

const PAGE_SIZE = 100;
const MAX_PAGES = 100;

/** Lists what is on sale. */
export async function browse(
  context: Context,
  options: { search?: string; tag?: string },
): Promise<void> {
  const { console } = context;
  const listings = await allListings(context, options);
  console.data({ listings });
  if (listings.length === 0) {
    const isSearch = options.search !== undefined || options.tag !== undefined;
    return console.line(isSearch ? 'Nothing matches.' : 'Nothing is on sale here yet.');
  }
  const rows = listings.map((listing) => [
    listing.slug,
    count(blocksIn(listing)),
    cheapest(listing),
    plainLine(listing.title),
  ]);
  const columns = [
    { title: 'LISTING' },
    { title: 'BLOCKS', align: 'right' },
    { title: 'FROM' },
    { title: 'TITLE' },
  ] as const;
  console.line(table(columns, rows, console.width, console.style.bold));
}

async function allListings(
  { client }: Context,
  { search, tag }: { search?: string; tag?: string },
): Promise<Listing[]> {
  const listings: Listing[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = {
      limit: PAGE_SIZE,
      ...(search !== undefined && { q: search }),
      ...(tag !== undefined && { tag }),
      ...(cursor !== null && { cursor }),
    };
    const answer = await client.listings(query);
    listings.push(...answer.listings);
    cursor = answer.nextCursor;
    if (cursor === null) break;
  }
  return listings;
}

const blocksIn = ({ feed }: Listing) => feed.cores.reduce((sum, core) => sum + core.length, 0);

const msatOf = ({ priceMsat }: Listing['plans'][number]) =>
  priceMsat === null ? Number.POSITIVE_INFINITY : Number(priceMsat);

function cheapest({ plans }: Listing): string {
  const [plan] = plans.toSorted((a, b) => msatOf(a) - msatOf(b));
  return plan ? planTerms(plan) : '';
}
