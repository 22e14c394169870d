import crypto from 'hypercore-crypto';
import type { MarketKeys } from './market-keys.ts';
import { attestedBytes, type SeederAttestation } from './seeder-attestation.ts';

/** Signs that the seeder with this Noise key speaks for the market until then. */
export function attestSeeder(
  { signing }: Pick<MarketKeys, 'signing'>,
  seeder: { seederKey: Uint8Array; issuedAtMs: number; expiresAtMs: number },
): SeederAttestation {
  const { seederKey, issuedAtMs, expiresAtMs } = seeder;
  const said = {
    marketKey: hex(signing.publicKey),
    seederKey: hex(seederKey),
    issuedAtMs,
    expiresAtMs,
  };
  const signature = crypto.sign(attestedBytes(said), signing.secretKey).toString('hex');
  return { ...said, signature };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
