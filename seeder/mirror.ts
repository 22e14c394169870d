import type Corestore from 'corestore';
import type Hypercore from 'hypercore';
import type { ReplicatorPeer } from 'hypercore';
import type Protomux from 'protomux';
import type { SourceFault } from '../prisma/client/client.ts';
import { type CopiedFeed, Copy } from './copy.ts';
import type { FeedSeal } from './feed-seal.ts';
import type { CoreLength } from './record-lengths.ts';
import type { SealedBlock } from './tried-seeds.ts';

/** A mirrored feed as the catalogue has it. */
export interface MirroredFeed extends CopiedFeed {
  /** The Noise key of the seller's machine. */
  peerKey: Uint8Array;
}

/** How far a copy is, and how its source stands. */
export interface MirrorState {
  feedId: string;
  /** Whether the seller's machine is connected and has said how long the feed is there. */
  connected: boolean;
  fault: SourceFault | null;
  copies: CopyState[];
}

/** Of one core; `byteLength` is null while blocks are missing, `sourceLength` while the source is away. */
export type CopyState = Required<CoreLength>;

/** The copy of one mirrored feed: it comes from the seller's machine, and from other seeders that have it already. */
export class Mirror extends Copy {
  readonly #peerKey: Uint8Array;
  readonly #seal: FeedSeal | null;
  #isForked = false;

  /** @param isSibling whether a Noise key is another seeder's */
  constructor(store: Corestore, row: MirroredFeed, isSibling: (key: Uint8Array) => boolean) {
    super(store, row, (key) => Buffer.compare(key, row.peerKey) === 0 || isSibling(key));
    this.#peerKey = row.peerKey;
    this.#seal = row.seal;
  }

  /** Tries what its seller has handed over. @returns the newest block; null when there is nothing new to try on */
  async trySeeds(): Promise<SealedBlock | null> {
    return this.#seal?.tryOn(this.first) ?? null;
  }

  /** Whether what its seller has handed over does not open it. */
  get hasWrongSeeds(): boolean {
    return this.#seal?.isWrong ?? false;
  }

  /** The streams over which the seller's machine sends it. */
  get streams(): Protomux[] {
    const peers = this.cores.flatMap((core) => core.peers);
    const sources = peers.filter(({ remotePublicKey }) => remotePublicKey.equals(this.#peerKey));
    return [...new Set(sources.map(({ protomux }) => protomux))];
  }

  /** Looks at the copy and the seller's machine. */
  state(): MirrorState {
    const cores = this.cores.map((core) => ({ core, source: this.#source(core) }));
    const connected = cores.some(({ source }) => source !== undefined);
    const forked = cores.some(({ core, source }) => source && source.remoteFork > core.fork);
    if (connected) this.#isForked = forked;
    const seeds = this.hasWrongSeeds ? 'wrong_seeds' : null;
    const fault = this.fault ?? (this.#isForked ? 'forked' : seeds);
    const copies = cores.map(({ core, source }) => copyOf(core, source));
    return { feedId: this.id, connected, fault, copies };
  }

  #source(core: Hypercore): ReplicatorPeer | undefined {
    return core.peers.find(
      (peer) => peer.remotePublicKey.equals(this.#peerKey) && peer.remoteSynced,
    );
  }
}

function copyOf(core: Hypercore, source: ReplicatorPeer | undefined): CopyState {
  const { key, length, byteLength, contiguousLength } = core;
  return {
    key: key.toString('hex'),
    length: contiguousLength,
    byteLength: contiguousLength === length ? byteLength : null,
    sourceLength: source?.remoteLength ?? null,
  };
}
