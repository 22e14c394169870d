import type { NodeAddress } from 'hyperdht';
import { openHypercore11, openHypercore11OverTcp, openOurs, openOursOverTcp } from './ours.ts';
import type { Seller, Side } from './side.ts';
import { openHypercore9, openV1 } from './v1.ts';

/** What is compared, by the names that the figures bear. */
export const MARKETS = {
  v1: openV1,
  oursTcp: openOursOverTcp,
  ours: openOurs,
} as const satisfies Record<string, (bootstrap: NodeAddress[]) => Side>;

/** The Hypercores that they stand on, with no market. */
export const PLAIN = {
  hypercore9: openHypercore9,
  hypercore11Tcp: openHypercore11OverTcp,
  hypercore11: openHypercore11,
} as const satisfies Record<string, (bootstrap: NodeAddress[]) => Side>;

export type MarketName = keyof typeof MARKETS;

export interface Contestant {
  name: string;
  side: Side;
  seller: Seller;
}

/** Each with a seller of an empty feed; they close with the stack. */
export async function openContestants(
  stack: AsyncDisposableStack,
  openers: Record<string, (bootstrap: NodeAddress[]) => Side>,
  bootstrap: NodeAddress[],
): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const [name, open] of Object.entries(openers)) {
    const side = stack.use(open(bootstrap));
    contestants.push({ name, side, seller: stack.use(await side.openSeller()) });
  }
  return contestants;
}

/** In another order each time: whoever goes later finds a warmer or a busier machine. */
export function inTurn<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
