import { blake2b } from '@noble/hashes/blake2.js';
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';

const HASH_BYTES = 32;
const NAMESPACE_BYTES = 32;
const KEY_BYTES = 32;
const PROLOGUE_FLAG = 2;
const ED25519 = 0;

// Where the one signer stands, behind bytes that are all small: version, flags, hash, quorum, number of signers.
const HEAD_BYTES = 5;
// Version 0, written without flags: version, hash, and the type "one signer".
const HEAD_BYTES_V0 = 3;

// Hypercore's namespace for manifests (hypercore/lib/caps.js): the fourth one of "hypercore".
const MANIFEST_NAMESPACE = hexToBytes(
  'e64b7108eacce47cfc61ac850568f55f8b15b82ec5ed78c4ec597b036e2a1498',
);

/**
 * The Ed25519 public key that alone signs the core with this key. A core's key is the hash of its manifest, which names
 * the signer; without a manifest the key is the signer itself, as in cores of Hypercore 10 and before.
 *
 * @param manifest as Hypercore encodes it.
 * @returns null when the manifest is another core's, or when more than one signature or none is asked of its writer.
 */
export function signerOf(coreKey: Uint8Array, manifest: Uint8Array | null): Uint8Array | null {
  if (manifest === null) return coreKey;
  return equal(manifestHash(manifest), coreKey) ? singleSigner(manifest) : null;
}

function manifestHash(manifest: Uint8Array): Uint8Array {
  return blake2b(concatBytes(MANIFEST_NAMESPACE, manifest), { dkLen: HASH_BYTES });
}

function singleSigner(manifest: Uint8Array): Uint8Array | null {
  const start = manifest[0] === 0 ? headEndV0(manifest) : headEnd(manifest);
  if (start === null || manifest[start] !== ED25519) return null;
  const keyStart = start + 1 + NAMESPACE_BYTES;
  const key = manifest.slice(keyStart, keyStart + KEY_BYTES);
  return key.byteLength === KEY_BYTES ? key : null;
}

function headEnd(manifest: Uint8Array): number | null {
  const [version, flags, hash, quorum, signers] = manifest;
  if (version === undefined || version > 3) return null;
  // The blocks of a prologue need no signature: nobody can prove that he wrote them.
  if (flags === undefined || flags & PROLOGUE_FLAG) return null;
  return hash === 0 && quorum === 1 && signers === 1 ? HEAD_BYTES : null;
}

function headEndV0(manifest: Uint8Array): number | null {
  const [, hash, type] = manifest;
  return hash === 0 && type === 1 ? HEAD_BYTES_V0 : null;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
