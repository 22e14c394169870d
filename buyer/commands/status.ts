import type { Grant } from '../../contract/index.ts';
import type { Invalid, Valid } from '../../protocol/messages.ts';
import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { tokenOf } from '../key-proof.ts';
import { isOver } from '../live-grants.ts';
import { knownIdentity } from '../own-identity.ts';
import { rememberedPurchases } from '../sdk/purchase-record.ts';
import { slugOf } from '../sdk/slug-of.ts';
import { duration, localTime } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';
import { openBuyerOf } from './offers.ts';

const ANSWER_MS = 10_000;

/** What was bought by card or key, and how the seeders say that the buyer stands with it; null: none says. */
interface Standing {
  listing: string;
  feedId: string;
  report: Valid | Invalid | null;
}

/** Tells what access the buyer has and how long it lasts. */
export async function status(context: Context, slug: string | undefined): Promise<void> {
  const { console } = context;
  const standings = await standingsOf(context, slug);
  const list = await grantsOf(context, slug, standings);
  const bought = standings.map(({ listing, feedId, report }) => ({ listing, feedId, report }));
  console.data({ ...list, ...(bought.length > 0 && { swarm: bought }) });
  const rows = [
    ...list.grants.map((grant) => [grant.listing, timeLeft(grant, list.nowMs), until(grant)]),
    ...standings.map((each) => [each.listing, leftOf(each.report), untilOf(each.report)]),
  ];
  if (rows.length === 0) {
    return console.line(`You have no access ${slug ? `to ${slug}` : 'to anything here'} yet.`);
  }
  const columns = [{ title: 'LISTING' }, { title: 'TIME LEFT' }, { title: 'UNTIL' }];
  console.line(table(columns, rows, console.width, console.style.bold));
}

async function standingsOf(context: Context, slug: string | undefined): Promise<Standing[]> {
  const cards = await rememberedPurchases(context.settings.home);
  if (cards.length === 0) return [];
  await using buyer = await openBuyerOf(context, undefined);
  const offers = (await buyer.bought()).filter(
    (offer) => slug === undefined || slugOf(offer.card.dazaar) === slug,
  );
  // Awaited here, or the buyer would be closed first.
  return await Promise.all(
    offers.map(async (offer) => ({
      listing: slugOf(offer.card.dazaar),
      feedId: offer.card.dazaar.feedId,
      report: await offer.standing(ANSWER_MS),
    })),
  );
}

// Who buys by card alone need not know the market's address.
async function grantsOf(context: Context, slug: string | undefined, standings: Standing[]) {
  try {
    const identity = await knownIdentity(context);
    if (!identity) throw noKey();
    const { client } = context;
    const { grants, nowMs } = await client.grants(await tokenOf(client, identity), slug);
    const known = new Set(standings.map(({ feedId }) => feedId));
    const { buyerKey } = identity;
    return { buyerKey, grants: grants.filter(({ feedId }) => !known.has(feedId)), nowMs };
  } catch (error) {
    const isAway = error instanceof Failure && error.code === 'market-unreachable';
    if (!isAway || standings.length === 0) throw error;
    return { grants: [], nowMs: Date.now() };
  }
}

function timeLeft(grant: Grant, nowMs: number): string {
  if (grant.state === 'revoked') return 'revoked';
  if (grant.state === 'expired' || isOver(grant, nowMs)) return 'ended';
  return grant.expiresAtMs === null ? 'for ever' : duration(grant.expiresAtMs - nowMs);
}

function leftOf(report: Standing['report']): string {
  if (report === null) return 'not known';
  if ('reason' in report) return report.reason === 'revoked' ? 'revoked' : 'ended';
  return report.leftMs === null ? 'for ever' : duration(report.leftMs);
}

function untilOf(report: Standing['report']): string {
  const expiresAtMs = report && 'expiresAtMs' in report ? report.expiresAtMs : null;
  return expiresAtMs === null ? '-' : localTime(expiresAtMs);
}

const until = ({ expiresAtMs }: Grant) => (expiresAtMs === null ? '-' : localTime(expiresAtMs));

const noKey = () =>
  new Failure(
    EXIT.noAccess,
    'no-key',
    'you have no key yet, so no access',
    `${COMMAND} buy makes one`,
  );
