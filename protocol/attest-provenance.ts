import crypto from 'hypercore-crypto';
import type { MarketKeys } from './market-keys.ts';
import { type Attestation, type Provenance, provenanceText } from './provenance.ts';

/** Signs where a feed comes from; the same every time for the same feed. */
export function attestProvenance(
  { signing }: Pick<MarketKeys, 'signing'>,
  attestation: Attestation,
  proof: Provenance['proof'],
): Provenance {
  const market = Buffer.from(signing.publicKey).toString('hex');
  const text = Buffer.from(provenanceText(attestation, market));
  const signature = crypto.sign(text, signing.secretKey).toString('hex');
  return { ...attestation, market, signature, proof };
}
