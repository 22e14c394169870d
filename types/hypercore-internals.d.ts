/** Parts of Hypercore that verify a proof without any storage; private to it, as of the pinned version. */

declare module 'hypercore/lib/merkle-tree.js' {
  import type { TreeNode } from 'hypercore';

  interface Session {
    fork: number;
    length: number;
    byteLength: number;
    roots: TreeNode[];
    signature: Uint8Array;
    prologue: null;
    storage: null;
  }

  export class MerkleTreeBatch {
    constructor(session: Session);
  }
}

declare module 'hypercore/lib/verifier.js' {
  import type { Manifest } from 'hypercore';
  import type { MerkleTreeBatch } from 'hypercore/lib/merkle-tree.js';

  export default class Verifier {
    constructor(key: Uint8Array, manifest: Manifest);
    static encodeManifest(manifest: Manifest): Buffer;
    static decodeManifest(bytes: Uint8Array): Manifest;
    static defaultSignerManifest(publicKey: Uint8Array): Manifest;
    static isValidManifest(key: Uint8Array, manifest: Manifest): boolean;
    static isCompat(key: Uint8Array, manifest: Manifest): boolean;
    verify(batch: MerkleTreeBatch, signature: Uint8Array): boolean;
  }
}
