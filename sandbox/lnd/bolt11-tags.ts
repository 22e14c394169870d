const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const TIMESTAMP_WORDS = 7;
// 104 words of signature, 6 of checksum.
const TAIL_WORDS = 110;

export const DESCRIPTION_TAG = 13;
export const DESCRIPTION_HASH_TAG = 23;

/**
 * The bytes of a tagged field (BOLT 11), or nothing when the request has none. LDK offers no way
 * to them. Only for requests that LDK has parsed: nothing is checked here.
 */
export function taggedField(request: string, tag: number): Uint8Array | undefined {
  const lower = request.toLowerCase();
  const data = lower.slice(lower.lastIndexOf('1') + 1);
  const words = Array.from(data, (letter) => ALPHABET.indexOf(letter));
  let at = TIMESTAMP_WORDS;
  while (at + 3 <= words.length - TAIL_WORDS) {
    const length = (words[at + 1] ?? 0) * 32 + (words[at + 2] ?? 0);
    const field = words.slice(at + 3, at + 3 + length);
    if (words[at] === tag) return bytesFrom(field);
    at += 3 + length;
  }
  return undefined;
}

function bytesFrom(words: number[]): Uint8Array {
  const bytes = new Uint8Array(Math.floor((words.length * 5) / 8));
  let value = 0;
  let bits = 0;
  let at = 0;
  for (const word of words) {
    value = ((value << 5) | word) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (value >> bits) & 0xff;
    at += 1;
  }
  return bytes;
}
