import { join } from 'node:path';

const NAME_LENGTH = 32;

/** Where things lie of what was bought over the swarm: one directory a market, named by its key. */
export function marketPaths(home: string, marketKey: string) {
  const market = join(home, 'markets', marketKey.slice(0, NAME_LENGTH));
  return {
    /** Purchases under way. */
    orders: join(market, 'orders'),
    /** What was bought, by feed. */
    purchases: join(market, 'purchases'),
    /** What renewals have spent, by feed. */
    renewals: join(market, 'renewals'),
    /** How far the messages about each feed were read. */
    messages: join(market, 'messages'),
    store: join(market, 'store'),
  };
}

export type MarketPaths = ReturnType<typeof marketPaths>;
