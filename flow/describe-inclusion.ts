import type { Plan } from '../prisma/client/client.ts';

/** What a plan opens, beside the time. */
export interface Inclusion {
  history: 'all' | 'from-purchase' | 'last';
  historyBlocks: number | null;
  maxConnections: number | null;
  tracked: boolean;
}

/** What a plan opens, as the world is told. */
export function describeInclusion({
  history,
  historyBlocks,
  maxConnections,
  tracked,
}: Pick<Plan, keyof Inclusion>): Inclusion {
  return {
    history: history === 'from_purchase' ? 'from-purchase' : history,
    historyBlocks: historyBlocks === null ? null : Number(historyBlocks),
    maxConnections,
    tracked,
  };
}
