import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** Where things lie in the buyer's home directory; one directory a market, since slugs repeat. */
export function homePaths({ home, marketUrl }: Settings) {
  const market = join(home, 'markets', marketName(marketUrl));
  return {
    identity: join(home, 'identity.json'),
    device: join(home, 'device'),
    orders: join(market, 'orders'),
    messages: join(market, 'messages'),
    store: join(market, 'store'),
    mirrors: join(home, 'mirrors'),
    place: join(market, 'place.json'),
  };
}

function marketName({ host, pathname }: URL): string {
  return `${host}${pathname}`.replace(/[^a-z0-9.-]+/gi, '_').replace(/_+$/, '');
}
