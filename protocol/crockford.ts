// https://www.crockford.com/base32.html: without I, L, O and U.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5n;
const GROUP = /.{4}/g;

/**
 * Bytes as groups of four characters, for people to copy.
 *
 * @param bytes a multiple of five of them, which are eight characters
 */
export function toCrockford(bytes: Buffer): string {
  const count = (bytes.length * 8) / Number(BITS);
  const number = BigInt(`0x${bytes.toString('hex')}`);
  const characters = Array.from({ length: count }, (_, at) => {
    return ALPHABET[Number((number >> (BITS * BigInt(count - 1 - at))) & 31n)];
  });
  return characters.join('').match(GROUP)!.join('-');
}

/**
 * So many bytes as somebody typed them: in any case, with or without dashes, O for 0 and I or L for 1; null for anything
 * else.
 */
export function fromCrockford(text: string, bytes: number): Buffer | null {
  const count = (bytes * 8) / Number(BITS);
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const digits = [...plain].map((character) => ALPHABET.indexOf(character));
  if (digits.length !== count || digits.includes(-1)) return null;
  const number = digits.reduce((sum, digit) => (sum << BITS) | BigInt(digit), 0n);
  return Buffer.from(number.toString(16).padStart(bytes * 2, '0'), 'hex');
}
