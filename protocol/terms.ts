import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

const CONTEXT = 'dazaar/terms/1\n';

/**
 * The name of one version of terms: SHA-256 over `dazaar/terms/1`, a line feed and the canonical JSON of text and
 * licence. Whoever has the text can compute what an order accepted.
 */
export function termsHash(terms: { text: string; licence: string }): Buffer<ArrayBuffer> {
  const { text, licence } = terms;
  return createHash('sha256')
    .update(CONTEXT + canonicalJson({ licence, text }))
    .digest();
}
