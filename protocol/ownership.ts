import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { signerOf } from './core-manifest.ts';

const NAMESPACE = 'dazaar/ownership/1';
// As RFC 8032 has it, and libsodium.
const STRICT = { zip215: false };

/** What the writer of a core says to prove to a market that the core is his to sell. */
export interface OwnershipStatement {
  /** The market's public key, 32 bytes: a proof that was given to one market is worth nothing at another. */
  market: Uint8Array;
  feedId: string;
  /** 32 bytes. */
  coreKey: Uint8Array;
  /** The 32 random bytes that the market has made for this feed. */
  challenge: Uint8Array;
}

export interface OwnershipProof {
  /** Ed25519, 64 bytes, by the key pair that signs the core's blocks, over {@link ownershipText} in UTF-8. */
  signature: Uint8Array;
  /** The core's manifest as Hypercore encodes it; null when the core's key is its signer's. */
  manifest: Uint8Array | null;
}

/** `foreign-manifest`: another core's, or one that does not leave the core to a single signer. */
export type OwnershipVerdict = 'proved' | 'foreign-manifest' | 'wrong-signature';

/** The text to be signed: a JSON array that no two statements share. */
export function ownershipText({ market, feedId, coreKey, challenge }: OwnershipStatement): string {
  return JSON.stringify([
    NAMESPACE,
    bytesToHex(market),
    feedId,
    bytesToHex(coreKey),
    bytesToHex(challenge),
  ]);
}

/** Whether the statement was made by whoever can append to the core. */
export function verifyOwnership(
  statement: OwnershipStatement,
  { signature, manifest }: OwnershipProof,
): OwnershipVerdict {
  const signer = signerOf(statement.coreKey, manifest);
  if (!signer) return 'foreign-manifest';
  const text = utf8ToBytes(ownershipText(statement));
  return ed25519.verify(signature, text, signer, STRICT) ? 'proved' : 'wrong-signature';
}
