import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';

const CONTEXT = 'dazaar/terms/1\n';

/**
 * The name of one version of terms: SHA-256 over `dazaar/terms/1`, a line feed and the canonical JSON of text and
 * licence. Whoever has the text can compute what an order accepted.
 */
export function termsHash(terms: { text: string; licence: string }): Uint8Array<ArrayBuffer> {
  const { text, licence } = terms;
  return Uint8Array.from(sha256(utf8ToBytes(CONTEXT + canonicalJson({ licence, text }))));
}
