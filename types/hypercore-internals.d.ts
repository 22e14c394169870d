/** Parts of Hypercore that verify a proof without any storage; private to it, as of the pinned version. */

declare module 'hypercore/lib/merkle-tree.js' {
  import type { TreeNode } from 'hypercore';

  /** A tree at a length: of a core, its state. */
  export interface TreeSession {
    fork: number;
    length: number;
    byteLength: number;
    roots: TreeNode[];
    signature: Uint8Array;
    prologue: null;
    storage: null;
  }

  export class MerkleTreeBatch {
    constructor(session: TreeSession);
  }
}

declare module 'hypercore/lib/verifier.js' {
  import type { Manifest } from 'hypercore';
  import type { MerkleTreeBatch } from 'hypercore/lib/merkle-tree.js';
  import type { KeyPair } from 'hypercore-crypto';

  interface ManifestParts {
    version: number;
    signers: { publicKey: Buffer }[];
    /** Keys of other cores that it has to do with. */
    linked: Buffer[];
    userData: Buffer;
  }

  export default class Verifier {
    constructor(key: Uint8Array, manifest: Manifest);
    /** Fills in what is left out. */
    static createManifest(manifest: Partial<ManifestParts>): Manifest;
    static encodeManifest(manifest: Manifest): Buffer;
    static decodeManifest(bytes: Uint8Array): Manifest;
    static defaultSignerManifest(publicKey: Uint8Array): Manifest;
    static isValidManifest(key: Uint8Array, manifest: Manifest): boolean;
    static isCompat(key: Uint8Array, manifest: Manifest): boolean;
    verify(batch: MerkleTreeBatch, signature: Uint8Array): boolean;
    sign(batch: MerkleTreeBatch, keyPair: KeyPair): Buffer;
  }
}

declare module 'hypercore/lib/replicator.js' {
  import type { ReplicatorPeer } from 'hypercore';
  import type Protomux from 'protomux';

  export default class Replicator {
    /** Asks for nothing of its own accord unless `eagerUpgrade`; `core` is what Hypercore has behind its sessions. */
    constructor(
      core: object,
      options: { eagerUpgrade: boolean; allowFork: boolean; notDownloadingLinger: number },
    );
    readonly peers: ReplicatorPeer[];
    attached(mux: Protomux): boolean;
    attachTo(mux: Protomux): void;
    detachFrom(mux: Protomux): void;
    cork(): void;
    uncork(): void;
    onhave(start: number, length: number, drop?: boolean): void;
    onupgrade(): void;
    ontruncate(length: number, truncated: number): void;
    destroy(): void;
  }
}

/** What a block of a Hyperbee is, for whoever writes one that Hyperbee would not. */
declare module 'hyperbee/lib/messages.js' {
  export const Node: { encode(node: { key: Buffer; value: Buffer; index: Buffer }): Buffer };
  export const YoloIndex: {
    /** Keys by their blocks; children by block and level, one after the other. */
    encode(index: { levels: { keys: number[]; children: number[] }[] }): Buffer;
  };
}
