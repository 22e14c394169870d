/** What of a feed a plan opens, beside the time. */
export interface PlanReach {
  /** Which of the blocks that are there already; what is appended later is always open. */
  history: 'all' | 'from_purchase' | 'last';
  /** Of `last`: how many. */
  historyBlocks: bigint | null;
  /** How many machines may be connected with one key; null: as many as a seeder allows. */
  maxConnections: number | null;
}

/** What a grant opens: blocks from `fromBlock` on, to so many machines at once. */
export interface Reach {
  fromBlock: bigint;
  maxConnections: number | null;
}

/** What a purchase gives of a feed that has so many blocks at that moment. */
export function reachOf(plan: PlanReach, length: bigint): Reach {
  return { fromBlock: fromBlockOf(plan, length), maxConnections: plan.maxConnections };
}

/**
 * What a key has that holds one reach and gets another. Nothing that was paid for is taken away: of both it has the
 * earlier block and the larger number of machines.
 *
 * @param held of a grant that goes on; null where there is none, or it is over: then it starts anew
 */
export function extendReach(held: Reach | null, bought: Reach): Reach {
  if (!held) return bought;
  const fromBlock = held.fromBlock < bought.fromBlock ? held.fromBlock : bought.fromBlock;
  const [a, b] = [held.maxConnections, bought.maxConnections];
  return { fromBlock, maxConnections: a === null || b === null ? null : Math.max(a, b) };
}

function fromBlockOf({ history, historyBlocks }: PlanReach, length: bigint): bigint {
  switch (history) {
    case 'all':
      return 0n;
    case 'from_purchase':
      return length;
    case 'last': {
      const count = historyBlocks ?? 0n;
      return count < length ? length - count : 0n;
    }
  }
}
