import { termsHash } from '../protocol/terms.ts';
import type { Tx } from './deps.ts';

/** Writes a version of terms, if it is a new one. @returns its hash */
export async function keepTerms(
  tx: Tx,
  sellerId: string,
  terms: { text: string; licence: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const hash = termsHash(terms);
  const { text, licence } = terms;
  await tx.terms.createMany({ data: { hash, sellerId, text, licence }, skipDuplicates: true });
  return hash;
}
