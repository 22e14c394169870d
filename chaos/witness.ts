import type { BuyerKey } from '../test/support/buyer-key.ts';
import type { OwnEnd } from './part.ts';

/** What somebody saw that must never happen. */
export interface Violation {
  rule: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'heal' | 'process';
  kind: 'loss' | 'double' | 'leak' | 'fault';
  what: string;
}

/** A row of a feed: its id is found once in the feed, its time says that it was not there before. */
export interface Row {
  id: string;
  atMs: number;
}

/** What a buyer was told, and what he did. */
export interface Purchase {
  n: number;
  kind: string;
  orderId: string;
  slug: string;
  buyerKey: string;
  key: BuyerKey | null;
  paymentHash: string | null;
  /** What the payer's wallet says became of it; null: he never paid. */
  paid: 'succeeded' | 'failed' | 'unresolved' | null;
  paidAtMs: number | null;
  /** When the market was first seen to have given it. */
  grantedAtMs: number | null;
  readAtMs: number | null;
}

/** Who may read no more from some instant on. */
export interface Ended {
  buyerKey: string;
  feedId: string;
  why: 'revoked' | 'expired' | 'never';
  /** From when on nobody may serve it. */
  endedAtMs: number;
}

/** Everything that callers were told with a success, and all that went wrong before their eyes. */
export class Witness {
  readonly purchases: Purchase[] = [];
  readonly appended: {
    slug: string;
    batchId: string;
    rows: Row[];
    firstIndex: number;
    isTold: boolean;
  }[] = [];
  readonly revoked: {
    grantId: string;
    buyerKey: string;
    feedId: string;
    slug: string;
    atMs: number;
  }[] = [];
  readonly payouts: { id: string | null; paymentHash: string; amountMsat: bigint }[] = [];
  readonly apiKeys: { key: string; email: string }[] = [];
  readonly webhooks = new Map<
    string,
    { id: string; type: string; subject: string; times: number }
  >();
  readonly ended: Ended[] = [];
  readonly violations: Violation[] = [];
  readonly oddities: string[] = [];
  readonly ownEnds: OwnEnd[] = [];
  readonly figures = new Map<string, number>();
  /** What each visitor is about. */
  readonly doing = new Map<number, string>();
  /** What the run is about now, for those who watch. */
  phase = 'trading';

  violate(rule: Violation['rule'], kind: Violation['kind'], what: string): void {
    this.violations.push({ rule, kind, what });
  }

  odd(what: string): void {
    if (this.oddities.length < 500) this.oddities.push(`${new Date().toISOString()} ${what}`);
  }

  add(figure: string, by = 1): void {
    this.figures.set(figure, (this.figures.get(figure) ?? 0) + by);
  }

  get(figure: string): number {
    return this.figures.get(figure) ?? 0;
  }
}
