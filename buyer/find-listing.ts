import { type Listing, slug as slugShape } from '../contract/index.ts';
import { COMMAND } from './command-name.ts';
import { refuseUsage } from './failure.ts';
import { type MarketClient, MarketRefusal } from './market-client.ts';

type Plan = Listing['plans'][number];

/** The listing of that name. @throws Failure when there is none. */
export async function findListing(client: MarketClient, slug: string): Promise<Listing> {
  if (!slugShape.safeParse(slug).success) return unknownListing(slug);
  try {
    return await client.listing(slug);
  } catch (error) {
    if (error instanceof MarketRefusal && error.status === 404) return unknownListing(slug);
    throw error;
  }
}

/** The plan of that name, or the only one there is. @throws Failure naming those there are. */
export function findPlan(listing: Listing, name: string | undefined): Plan {
  const [only, another] = listing.plans;
  if (name === undefined && only && !another) return only;
  const plan = listing.plans.find((candidate) => candidate.name === name);
  if (plan) return plan;
  const names = listing.plans.map((candidate) => candidate.name).join(', ');
  const message =
    name === undefined ? 'there are several plans' : `${listing.slug} has no plan "${name}"`;
  return refuseUsage(message, `choose one with --plan: ${names}`);
}

/** The command that buys a listing; `repeated` are the global options to give again. */
export function buyCommand({ slug, plans }: Listing, repeated: string): string {
  return `${COMMAND} buy ${slug} --plan ${plans[0]?.name ?? 'PLAN'}${repeated}`;
}

/** The command that fetches a listing: into a file, or of files into a directory. */
export function pullCommand(
  { slug, feed: { kind } }: { slug: string; feed: Pick<Listing['feed'], 'kind'> },
  repeated: string,
): string {
  const out = kind === 'hyperdrive' ? `${slug}/` : `${slug}.ndjson`;
  return `${COMMAND} pull ${slug} --out ${out}${repeated}`;
}

const unknownListing = (slug: string) =>
  refuseUsage(`there is no listing "${slug}"`, `see what there is: ${COMMAND} browse`);

/** Whether anybody may replicate it now, without any order. */
export function isOpenToAll({ state, plans }: Pick<Listing, 'state' | 'plans'>): boolean {
  const isOnSale = state === 'live' || state === 'unlisted';
  return isOnSale && plans.some(({ kind, tracked }) => kind === 'free' && !tracked);
}
