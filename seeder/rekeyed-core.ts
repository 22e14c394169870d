import type Hypercore from 'hypercore';
import { MerkleTreeBatch, type TreeSession } from 'hypercore/lib/merkle-tree.js';
import Replicator from 'hypercore/lib/replicator.js';
import Verifier from 'hypercore/lib/verifier.js';
import crypto, { type KeyPair } from 'hypercore-crypto';
import type Protomux from 'protomux';
import { type CopyTerms, copyKey, copyManifest } from '../protocol/copy-manifest.ts';

/** What Hypercore tells a core's replicator of changes, each of which the copies' peers are told too. */
const TOLD = ['cork', 'uncork', 'onhave', 'onupgrade', 'ontruncate', 'destroy'] as const;

/** Hypercore's private parts that a copy shares or replaces, as of the pinned version. */
interface Internals {
  readonly replicator: Replicator;
  readonly state: TreeSession;
  readonly header: object;
}

const copiesOf = new WeakMap<Replicator, Set<Replicator>>();

/**
 * A core as one buyer is served it: the same blocks and the same Merkle tree under a key of the buyer's own. Nothing of
 * it is stored: it is signed when it is asked for, from what the core holds at that time, and follows it as it grows or
 * is truncated. To Hypercore at the other end it is a core like any other. It gives, and takes nothing.
 */
export class RekeyedCore {
  readonly key: Buffer;
  readonly discoveryKey: Buffer;
  /** As of a Hypercore, for whoever puts cores on streams. */
  readonly core: { readonly replicator: Replicator };
  readonly #base: Hypercore;
  readonly #verifier: Verifier;
  readonly #keyPair: KeyPair;
  #signed: { length: number; fork: number; signature: Buffer } | null = null;

  /** @param base ready */
  constructor(base: Hypercore, keyPair: KeyPair, buyerKey: Uint8Array) {
    const terms: CopyTerms = { signer: keyPair.publicKey, coreKey: base.key, buyerKey };
    const manifest = copyManifest(terms);
    this.key = copyKey(terms);
    this.discoveryKey = crypto.discoveryKey(this.key);
    this.#base = base;
    this.#keyPair = keyPair;
    this.#verifier = new Verifier(this.key, manifest);
    const view = this.#view(base.core as unknown as Internals, manifest);
    const replicator = new Replicator(view, {
      eagerUpgrade: false,
      allowFork: false,
      notDownloadingLinger: 0,
    });
    Object.defineProperty(view, 'replicator', { value: replicator });
    this.core = { replicator };
  }

  get contiguousLength(): number {
    return this.#base.contiguousLength;
  }

  /** Serves it on a peer's stream. */
  replicate(mux: Protomux): Protomux {
    const { replicator } = this.core;
    followersOf(this.#base).add(replicator);
    replicator.attachTo(mux);
    return mux;
  }

  /** Takes it off all streams. */
  close(): void {
    followersOf(this.#base).delete(this.core.replicator);
    this.core.replicator.destroy();
  }

  /** What Hypercore has behind a core's sessions, all of it as it is there but who signs it. */
  #view(base: Internals, manifest: object): object {
    const state = Object.create(base.state, {
      signature: { get: () => this.#sign(base.state) },
      prologue: { value: null },
    });
    const header = Object.create(base.header, {
      key: { value: this.key },
      manifest: { value: manifest },
      keyPair: { value: null },
    });
    const refuse = { value: () => Promise.resolve(false) };
    const ignore = { value() {} };
    return Object.create(base, {
      key: { value: this.key },
      discoveryKey: { value: this.discoveryKey },
      manifest: { value: manifest },
      compat: { value: false },
      state: { value: state },
      header: { value: header },
      skipBitfield: { value: null, writable: true },
      // Whatever a peer sends is not written: there is but one writer, and that is the core's.
      verify: refuse,
      verifyReorg: refuse,
      reorg: refuse,
      checkConflict: refuse,
      flushHints: refuse,
      updateRemoteContiguousLength: ignore,
      emitRemoteContiguousLength: ignore,
      checkIfIdle: ignore,
    });
  }

  #sign(tree: TreeSession): Buffer {
    const { length, fork } = tree;
    if (this.#signed?.length !== length || this.#signed.fork !== fork) {
      const signature = this.#verifier.sign(new MerkleTreeBatch(tree), this.#keyPair);
      this.#signed = { length, fork, signature };
    }
    return this.#signed.signature;
  }
}

/** Those that are told what the core's own replicator is. */
function followersOf(base: Hypercore): Set<Replicator> {
  const replicator = base.core.replicator as unknown as Replicator;
  const known = copiesOf.get(replicator);
  if (known) return known;
  const followers = new Set<Replicator>();
  copiesOf.set(replicator, followers);
  for (const name of TOLD) tellToo(replicator, followers, name);
  return followers;
}

function tellToo(
  replicator: Replicator,
  followers: ReadonlySet<Replicator>,
  name: (typeof TOLD)[number],
): void {
  const told = replicator[name] as (...change: unknown[]) => void;
  const tell = (...change: unknown[]) => {
    told.apply(replicator, change);
    for (const each of followers) (each[name] as typeof told).apply(each, change);
  };
  Object.defineProperty(replicator, name, { value: tell });
}
