import type { FeedKind, Grant } from '../../../contract/index.ts';

/** A grant on a shelf, with what its owner wants to know of it. */
export interface ShelfItem {
  grant: Grant;
  title: string;
  seller: string;
  kind: FeedKind;
  /** The key came with a claim code: the access may be moved from here. */
  isClaim: boolean;
  /** It was handed over to another key. */
  isMoved: boolean;
  /** What was bought last, if it can be bought again. */
  again: { plan: string; quantity: number } | null;
  isForSale: boolean;
  receipts: { orderId: string; paidAtMs: number; priceMsat: string }[];
}

export type ItemState = 'live' | 'expired' | 'revoked' | 'moved';

/** How a grant stands at a time of the market's clock. */
export function stateOf(
  { grant, isMoved }: Pick<ShelfItem, 'grant' | 'isMoved'>,
  nowMs: number,
): ItemState {
  if (isMoved) return 'moved';
  if (grant.state !== 'live') return grant.state;
  return grant.expiresAtMs !== null && grant.expiresAtMs <= nowMs ? 'expired' : 'live';
}

/** Where more time for it is ordered, with everything chosen. */
export function extendPath({ grant, again }: Pick<ShelfItem, 'grant' | 'again'>): string {
  const query = new URLSearchParams(
    again ? { plan: again.plan, quantity: String(again.quantity) } : {},
  );
  query.set('key', grant.buyerKey);
  return `/listings/${grant.listing}/buy?${query}`;
}
