import { slug as slugShape } from '../../contract/index.ts';
import type { PlanOffer } from '../../protocol/messages.ts';
import type { Context } from '../context.ts';
import { refuseUsage } from '../failure.ts';
import { Buyer } from '../sdk/buyer.ts';
import { listingKey } from '../sdk/read-card.ts';
import type { SwarmPlace } from '../swarm/seeder-link.ts';
import { duration, sat } from '../terminal/amounts.ts';

/** Whether somebody names a card or a key, to buy from over the swarm, and not a listing of the market. */
export function isOffer(what: string): boolean {
  return listingKey(what) !== null || !slugShape.safeParse(what).success;
}

/** The buyer of this home. @param bootstrap nodes of a private DHT, `host:port`, by commas */
export function openBuyerOf({ settings }: Context, bootstrap: string | undefined): Promise<Buyer> {
  return Buyer.open({
    home: settings.home,
    ...(bootstrap !== undefined && { bootstrap: bootstrapNodes(bootstrap) }),
  });
}

function bootstrapNodes(text: string): SwarmPlace['bootstrap'] {
  return text.split(',').map((node) => {
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(node.trim()) ?? [];
    if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
    return refuseUsage(`"${node}" is no DHT node`, 'give it as --bootstrap HOST:PORT');
  });
}

/** What a plan on a card gives and costs. */
export function offerTerms({ kind, periodMs, priceMsat, price }: PlanOffer): string {
  if (kind === 'free') return 'free';
  const what = periodMs === null ? 'no end,' : duration(periodMs);
  if (kind === 'trial') return `${what} free, once`;
  if (priceMsat !== null) return `${what} for ${sat(BigInt(priceMsat))}`;
  return `${what} at a price in ${price?.currency ?? 'a currency'}`;
}
