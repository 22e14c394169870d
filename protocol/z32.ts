// https://philzimmermann.com/docs/human-oriented-base-32-encoding.txt: how Hypercore writes keys.
const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';
const BITS = 5n;

/** So many bytes of z-base-32 text; null for anything else. */
export function fromZ32(text: string, bytes: number): Buffer | null {
  const count = Math.ceil((bytes * 8) / Number(BITS));
  const digits = [...text.toLowerCase()].map((character) => ALPHABET.indexOf(character));
  if (digits.length !== count || digits.includes(-1)) return null;
  const number = digits.reduce((sum, digit) => (sum << BITS) | BigInt(digit), 0n);
  const padding = BigInt(count) * BITS - BigInt(bytes * 8);
  if ((number & ((1n << padding) - 1n)) !== 0n) return null;
  return Buffer.from((number >> padding).toString(16).padStart(bytes * 2, '0'), 'hex');
}
