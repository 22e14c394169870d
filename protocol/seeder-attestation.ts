import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';

const CONTEXT = 'dazaar/seeder/2\n';
// As RFC 8032 has it, and libsodium.
const STRICT = { zip215: false };

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

/** A market's word that a seeding node serves and sells in its name. Keys and signature in hex. */
export const seederAttestation = z.object({
  marketKey: hex32,
  /** The Noise key that the seeder's connections are authenticated with. */
  seederKey: hex32,
  issuedAtMs: z.int().nonnegative(),
  expiresAtMs: z.int().nonnegative(),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});
export type SeederAttestation = z.infer<typeof seederAttestation>;

/** `foreign`: of another market, or for another seeder. */
export type AttestationVerdict = 'genuine' | 'foreign' | 'expired' | 'forged';

/**
 * Whether the market with this key lets the seeder at the other end of a connection speak for it.
 *
 * @param nowMs in ms since the epoch; the seeder's clock may be off by `toleranceMs`
 */
export function verifySeeder(
  attestation: SeederAttestation,
  expected: { marketKey: string; seederKey: string; nowMs: number; toleranceMs?: number },
): AttestationVerdict {
  const { signature, ...said } = attestation;
  const { marketKey, seederKey, nowMs, toleranceMs = 0 } = expected;
  if (said.marketKey !== marketKey || said.seederKey !== seederKey) return 'foreign';
  const bytes = hexToBytes(signature);
  const isSigned = ed25519.verify(bytes, attestedBytes(said), hexToBytes(marketKey), STRICT);
  if (!isSigned) return 'forged';
  return nowMs - toleranceMs < said.expiresAtMs ? 'genuine' : 'expired';
}

/** What is signed: `dazaar/seeder/2`, a line feed and the canonical JSON (RFC 8785) of the attestation without its signature. */
export function attestedBytes(attestation: Omit<SeederAttestation, 'signature'>): Uint8Array {
  return utf8ToBytes(CONTEXT + canonicalJson(attestation));
}
