import crypto from 'hypercore-crypto';
import { signerOf } from './core-manifest.ts';

const NAMESPACE = 'dazaar/ownership/1';

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
  /** Ed25519, 64 bytes. */
  signature: Uint8Array;
  /** The core's manifest as Hypercore encodes it; null when the core's key is its signer's. */
  manifest: Uint8Array | null;
}

/** `foreign-manifest`: another core's, or one that does not leave the core to a single signer. */
export type OwnershipVerdict = 'proved' | 'foreign-manifest' | 'wrong-signature';

/** The text to be signed, in UTF-8: a JSON array that no two statements share. */
export function ownershipText({ market, feedId, coreKey, challenge }: OwnershipStatement): string {
  return JSON.stringify([NAMESPACE, hex(market), feedId, hex(coreKey), hex(challenge)]);
}

/** @returns 64 bytes, signed by the core's own key pair */
export function signOwnership(
  { secretKey }: { secretKey: Uint8Array },
  statement: OwnershipStatement,
): Buffer {
  return crypto.sign(Buffer.from(ownershipText(statement)), secretKey);
}

/** Whether the statement was made by whoever can append to the core. */
export function verifyOwnership(
  statement: OwnershipStatement,
  { signature, manifest }: OwnershipProof,
): OwnershipVerdict {
  const signer = signerOf(statement.coreKey, manifest);
  if (!signer) return 'foreign-manifest';
  const text = Buffer.from(ownershipText(statement));
  return crypto.verify(text, signature, signer) ? 'proved' : 'wrong-signature';
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
