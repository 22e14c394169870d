import { createHash, createHmac, hkdfSync } from 'node:crypto';
import crypto, { type KeyPair } from 'hypercore-crypto';

// Crockford's base32, which leaves out I, L, O and U: https://www.crockford.com/base32.html
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5n;
const CHARACTERS = 32;
const GROUP = /.{4}/g;
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
  return format(Buffer.concat([seed, checkOf(seed)]));
}

/** The key pair of a code in any case, with or without its dashes; null when the code was mistyped. */
export function keyPairOfClaimCode(code: string): KeyPair | null {
  const bytes = parse(code);
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

function format(bytes: Buffer): string {
  const number = BigInt(`0x${bytes.toString('hex')}`);
  const characters = Array.from({ length: CHARACTERS }, (_, at) => {
    const shift = BITS * BigInt(CHARACTERS - 1 - at);
    return ALPHABET[Number((number >> shift) & 31n)];
  });
  return characters.join('').match(GROUP)!.join('-');
}

function parse(code: string): Buffer | null {
  const plain = code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const digits = [...plain].map((character) => ALPHABET.indexOf(character));
  if (digits.length !== CHARACTERS || digits.includes(-1)) return null;
  const number = digits.reduce((sum, digit) => (sum << BITS) | BigInt(digit), 0n);
  return Buffer.from(number.toString(16).padStart((SEED_BYTES + CHECK_BYTES) * 2, '0'), 'hex');
}
