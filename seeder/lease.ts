import type { EndReason, OnEnd } from './grant-book.ts';

/** Access to a feed, as whoever serves its holder by other means than a stream holds on to it. */
export interface Lease {
  /** By the gate's clock, null: none; it moves when the grant is extended. */
  readonly expiresAtMs: number | null;
  /** The first block that it opens; it moves when more is bought. */
  readonly fromBlock: number;
  /** Whether access goes on at this very instant: to be asked ahead of every block. */
  readonly isLive: boolean;
  /** Lets go of it; its end is not told any more. */
  release(): void;
}

/** What a lease is of, at this very instant. */
export interface Leased {
  readonly leases: Set<OnEnd>;
  expiresAtMs(): number | null;
  fromBlock(): number;
  isOver(): boolean;
}

/** Holds on to it; `onEnd` is called once, in the instant in which it ends. */
export function leaseOf({ leases, ...leased }: Leased, onEnd: OnEnd): Lease {
  const told: OnEnd = (reason) => onEnd(reason);
  leases.add(told);
  return {
    get expiresAtMs() {
      return leased.expiresAtMs();
    },
    get fromBlock() {
      return leased.fromBlock();
    },
    get isLive() {
      return leases.has(told) && !leased.isOver();
    },
    release: () => void leases.delete(told),
  };
}

/** Ends all leases. */
export function endAll(leases: Set<OnEnd>, reason: EndReason): void {
  const told = [...leases];
  leases.clear();
  for (const onEnd of told) onEnd(reason);
}
