import type Hypercore from 'hypercore';
import { type CopyTerms, copyKey } from './copy-manifest.ts';
import { InvalidProof, proveRange, verifyRange } from './range-proof.ts';

const KEY_BYTES = 32;

/**
 * The buyer key that a copy of a feed was made for, of a core that turned up somewhere. It names nobody unless the
 * market has signed the copy: a manifest alone anybody could write.
 *
 * @param copy ready, with some length; one block of it or none is enough
 * @param of the feed's core, and the signer of its copies: `cores` and `copySigner` of its card
 * @returns 32 bytes; null when it is no copy of that core, or not signed
 */
export async function attributeCopy(
  copy: Hypercore,
  of: Pick<CopyTerms, 'signer' | 'coreKey'>,
): Promise<Buffer | null> {
  const { userData } = (copy.manifest ?? {}) as { userData?: Buffer | null };
  if (userData?.byteLength !== KEY_BYTES) return null;
  if (!copyKey({ ...of, buyerKey: userData }).equals(copy.key)) return null;
  return (await isSigned(copy)) ? userData : null;
}

async function isSigned(copy: Hypercore): Promise<boolean> {
  const proof = await proveRange(copy, 0, 0);
  if (!proof) return false;
  try {
    verifyRange(copy.key, proof, []);
    return true;
  } catch (error) {
    if (error instanceof InvalidProof) return false;
    throw error;
  }
}
