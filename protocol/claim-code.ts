import { createHash, createHmac, hkdfSync } from 'node:crypto';
import crypto, { type KeyPair } from 'hypercore-crypto';
import { fromCrockford, toCrockford } from './crockford.ts';

const SEED_BYTES = 18;
const CHECK_BYTES = 2;

/**
 * A claim code: a seed of 144 bits and 16 bits to tell slips of the pen by, as eight groups of four characters.
 * The key pair that comes from the seed holds what was bought until the code's owner moves it to a key of his own.
 *
 * @param secret 32 bytes that only the market knows
 * @param name what the code is for: the same name gives the same code
 */
export function newClaimCode(secret: Uint8Array, name: string): string {
  const seed = createHmac('sha256', secret).update(name).digest().subarray(0, SEED_BYTES);
  return toCrockford(Buffer.concat([seed, checkOf(seed)]));
}

/** The key pair of a code in any case, with or without its dashes; null when the code was mistyped. */
export function keyPairOfClaimCode(code: string): KeyPair | null {
  const bytes = fromCrockford(code, SEED_BYTES + CHECK_BYTES);
  if (!bytes) return null;
  const seed = bytes.subarray(0, SEED_BYTES);
  if (!checkOf(seed).equals(bytes.subarray(SEED_BYTES))) return null;
  return crypto.keyPair(Buffer.from(hkdfSync('sha256', seed, '', 'dazaar/claim-code/1', 32)));
}

function checkOf(seed: Uint8Array): Buffer {
  return createHash('sha256')
    .update('dazaar/claim-code/1')
    .update(seed)
    .digest()
    .subarray(0, CHECK_BYTES);
}
