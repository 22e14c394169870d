import type { Listing } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { buyCommand, findListing, isOpenToAll, pullCommand } from '../find-listing.ts';
import { originOf } from '../origin-of.ts';
import { byteSize, count, localTime, planTerms } from '../terminal/amounts.ts';
import { plainLine, plainText, wrap } from '../terminal/text.ts';

const MAX_TEXT_WIDTH = 80;
const LABEL_WIDTH = 10;
const COPIES = {
  open: null,
  sealed: 'sealed: they may be passed on (pull --seed)',
  unique: 'unique: yours bears your key, and says so wherever it turns up',
};

/** Tells everything about a listing: what it is, under which licence, what it costs. */
export async function show(context: Context, slug: string): Promise<void> {
  const { client, console, settings } = context;
  const listing = await findListing(client, slug);
  console.data(listing);
  const width = Math.min(console.width ?? MAX_TEXT_WIDTH, MAX_TEXT_WIDTH);
  console.line(console.style.bold(plainLine(listing.title)));
  console.line();
  console.line(wrap(plainText(listing.description), width));
  console.line();
  const { publicKey } = await client.market();
  for (const [label, value] of factsOf(listing, publicKey)) {
    console.line(`${label.padEnd(LABEL_WIDTH)}${value}`);
  }
  console.line();
  console.line('Plans');
  const nameWidth = Math.max(...listing.plans.map(({ name }) => name.length + 2), LABEL_WIDTH);
  for (const plan of listing.plans) {
    console.line(`  ${plan.name.padEnd(nameWidth)}${planTerms(plan)}`);
  }
  if (listing.plans.length === 0) return;
  console.line();
  if (isOpenToAll(listing)) console.line(`Get it:  ${pullCommand(listing, settings.repeated)}`);
  else console.line(`Buy it:  ${buyCommand(listing, settings.repeated)}`);
}

function factsOf(listing: Listing, marketKey: string): [string, string][] {
  const { slug, seller, licence, sourceUrl, tags, feed } = listing;
  const blocks = feed.cores.reduce((sum, core) => sum + core.length, 0);
  const bytes = feed.cores.reduce((sum, core) => sum + core.byteLength, 0);
  const lastBlockAtMs = Math.max(0, ...feed.cores.map((core) => core.lastBlockAtMs ?? 0));
  const facts: [string, string | null][] = [
    ['Listing', slug],
    ['Seller', plainLine(seller.name)],
    ['Licence', plainLine(licence)],
    ['Source', sourceUrl && plainLine(sourceUrl)],
    ['Origin', originOf(listing, marketKey)],
    ['Tags', tags.join(', ')],
    ['Copies', COPIES[feed.mode]],
    ['Blocks', `${count(blocks)} (${byteSize(bytes)})`],
    ['Last', lastBlockAtMs > 0 ? localTime(lastBlockAtMs) : null],
    ['Fields', plainLine(fieldsOf(feed.blockSchema).join(', '))],
    ['Core', feed.cores.map((core) => core.key).join(', ')],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

// Postgres keeps an object's keys in an order of its own, an array's items in theirs.
function fieldsOf({ required, properties }: Listing['feed']['blockSchema']): string[] {
  const named = Array.isArray(required) ? required.map(String) : [];
  return [...new Set([...named, ...Object.keys(Object(properties))])];
}
