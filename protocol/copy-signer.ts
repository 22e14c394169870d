import crypto, { type KeyPair } from 'hypercore-crypto';
import type { MarketKeys } from './market-keys.ts';

/** What signs the copies of a feed that is unique to each buyer: the same at every seeder of the market. */
export function copySigner(keys: Pick<MarketKeys, 'derive'>, feedId: string): KeyPair {
  return crypto.keyPair(keys.derive(`copies of ${feedId}`));
}
