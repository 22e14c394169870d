import Hypercore, { type Manifest } from 'hypercore';
import Verifier from 'hypercore/lib/verifier.js';

/** What the key of a buyer's own copy of a core follows from; keys of 32 bytes. */
export interface CopyTerms {
  /** The Ed25519 key that signs all copies of the feed. */
  signer: Uint8Array;
  /** The core that it is a copy of. */
  coreKey: Uint8Array;
  buyerKey: Uint8Array;
}

/** Who signs a copy, which core it is of, and whose it is. */
export function copyManifest({ signer, coreKey, buyerKey }: CopyTerms): Manifest {
  return Verifier.createManifest({
    version: 2,
    signers: [{ publicKey: Buffer.from(signer) }],
    linked: [Buffer.from(coreKey)],
    userData: Buffer.from(buyerKey),
  });
}

/**
 * The key of a buyer's own copy: the hash of its manifest. A buyer who knows the signer and the core from a card that he
 * trusts computes it himself, and so believes nobody's word for it.
 */
export function copyKey(terms: CopyTerms): Buffer {
  return Hypercore.key(copyManifest(terms));
}
