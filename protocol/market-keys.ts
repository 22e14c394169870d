import { hkdfSync } from 'node:crypto';
import crypto from 'hypercore-crypto';

/** What the market signs with and derives its secrets from. All processes of a market share one seed. */
export interface MarketKeys {
  /** Ed25519: signs cards, attestations and buyer tokens. */
  readonly signing: { publicKey: Buffer; secretKey: Buffer };
  /** 32 secret bytes for one purpose: knowing one says nothing about another (HKDF, RFC 5869). */
  derive(purpose: string): Buffer;
}

/** @param seed 32 secret bytes */
export function marketKeys(seed: Uint8Array): MarketKeys {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', seed, 'dazaar/market/1', purpose, 32));
  return { signing: crypto.keyPair(derive('signing')), derive };
}
