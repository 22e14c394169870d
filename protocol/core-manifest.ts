import crypto from 'hypercore-crypto';

const NAMESPACE_BYTES = 32;
const KEY_BYTES = 32;
const PROLOGUE_FLAG = 2;
const ED25519 = 0;

// Where the one signer stands, behind bytes that are all small: version, flags, hash, quorum, number of signers.
const HEAD_BYTES = 5;
// Version 0, written without flags: version, hash, and the type "one signer".
const HEAD_BYTES_V0 = 3;

// Hypercore's namespaces, in its own order: tree, initiator, responder, manifest (hypercore/lib/caps.js).
const MANIFEST_NAMESPACE = crypto.namespace('hypercore', 4)[3]!;

/**
 * The Ed25519 public key that alone signs the core with this key. A core's key is the hash of its manifest, which names
 * the signer; without a manifest the key is the signer itself, as in cores of Hypercore 10 and before.
 *
 * @param manifest as Hypercore encodes it.
 * @returns null when the manifest is another core's, or when more than one signature or none is asked of its writer.
 */
export function signerOf(coreKey: Uint8Array, manifest: Uint8Array | null): Buffer | null {
  if (manifest === null) return Buffer.from(coreKey);
  const hash = crypto.hash(Buffer.concat([MANIFEST_NAMESPACE, manifest]));
  return hash.equals(coreKey) ? singleSigner(Buffer.from(manifest)) : null;
}

function singleSigner(manifest: Buffer): Buffer | null {
  const start = manifest[0] === 0 ? headEndV0(manifest) : headEnd(manifest);
  if (start === null || manifest[start] !== ED25519) return null;
  const keyStart = start + 1 + NAMESPACE_BYTES;
  const key = manifest.subarray(keyStart, keyStart + KEY_BYTES);
  return key.byteLength === KEY_BYTES ? Buffer.from(key) : null;
}

function headEnd(manifest: Buffer): number | null {
  const [version, flags, hash, quorum, signers] = manifest;
  if (version === undefined || version > 3) return null;
  // The blocks of a prologue need no signature: nobody can prove that he wrote them.
  if (flags === undefined || flags & PROLOGUE_FLAG) return null;
  return hash === 0 && quorum === 1 && signers === 1 ? HEAD_BYTES : null;
}

function headEndV0(manifest: Buffer): number | null {
  const [, hash, type] = manifest;
  return hash === 0 && type === 1 ? HEAD_BYTES_V0 : null;
}
