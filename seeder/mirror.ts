import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type { ReplicatorPeer } from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type Protomux from 'protomux';
import type { FeedKind, SourceFault } from '../prisma/client/client.ts';
import { attach } from './attachment.ts';
import type { Feed } from './feeds.ts';
import type { CoreLength } from './record-lengths.ts';

/** A mirrored feed as the catalogue has it. */
export interface MirroredFeed {
  id: string;
  kind: FeedKind;
  /** The Noise key of the seller's machine. */
  peerKey: Uint8Array;
  cores: readonly { role: string; key: Uint8Array }[];
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

/** The copy of one mirrored feed: fetched from the seller's machine and from nobody else, live, and whole. */
export class Mirror {
  readonly id: string;
  readonly #kind: FeedKind;
  readonly #store: Corestore;
  readonly #peerKey: Uint8Array;
  readonly #cores: ReadonlyMap<string, Hypercore>;
  #fault: SourceFault | null = null;

  constructor(store: Corestore, { id, kind, peerKey, cores }: MirroredFeed) {
    this.id = id;
    this.#kind = kind;
    this.#store = store;
    this.#peerKey = peerKey;
    // A history that the seller rewrites stays as it was sold.
    const open = (key: Uint8Array) =>
      store.get({ key: Buffer.from(key), allowFork: false, writable: false });
    this.#cores = new Map(cores.map(({ role, key }) => [role, open(key)]));
  }

  /** What is wrong with the seller's copy, as far as {@link state} has seen it; null when nothing is. */
  get fault(): SourceFault | null {
    return this.#fault;
  }

  /**
   * Opens the copy and asks for all of it, now and as it grows.
   *
   * @param oninvalid called when the seller's machine sends what does not verify, which is dropped.
   * @param onconflict called when the seller turns out to have signed two histories; nothing may be served any more.
   */
  async open(oninvalid: (error: Error) => void, onconflict: () => void): Promise<void> {
    for (const core of this.#cores.values()) {
      await core.ready();
      core.on('peer-add', (peer) => {
        if (!this.#isSource(peer)) neverAsk(peer);
      });
      core.on('verification-error', oninvalid);
      core.on('conflict', () => {
        this.#fault = 'conflict';
        onconflict();
      });
      core.download({ start: 0, end: -1 });
    }
  }

  /** Fetches the feed over a stream that is authenticated with the seller's peer key. */
  attachTo(mux: Protomux): void {
    if (this.#fault === 'conflict') return;
    for (const core of this.#cores.values()) attach(core, mux);
  }

  /** The feed in the shape of its kind, for those who serve it; null when it cannot be served. A Hyperdrive waits for its first block. */
  async feed(): Promise<Feed | null> {
    if (this.#fault === 'conflict') return null;
    const core = this.#cores.get('files') ?? this.#cores.get('data')!;
    const base = {
      id: this.id,
      origin: 'mirrored',
      core,
      cores: [...this.#cores.values()],
    } as const;
    if (this.#kind === 'hypercore') return { ...base, kind: 'hypercore' };
    if (this.#kind === 'hyperdrive') return this.#driveFeed(base);
    const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'json' });
    await bee.ready();
    return { ...base, kind: 'hyperbee', bee };
  }

  /** Looks at the copy and its source. */
  state(): MirrorState {
    const cores = [...this.#cores.values()].map((core) => ({ core, source: this.#source(core) }));
    const connected = cores.some(({ source }) => source !== undefined);
    const forked = cores.some(({ core, source }) => source && source.remoteFork > core.fork);
    if (forked) this.#fault ??= 'forked';
    else if (connected && this.#fault === 'forked') this.#fault = null;
    const copies = cores.map(({ core, source }) => copyOf(core, source));
    return { feedId: this.id, connected, fault: this.#fault, copies };
  }

  async #driveFeed(base: {
    id: string;
    origin: 'mirrored';
    core: Hypercore;
    cores: readonly Hypercore[];
  }): Promise<Feed | null> {
    const blobs = this.#cores.get('blobs')!;
    const drive = new Hyperdrive(this.#store.namespace(this.id), base.core.key);
    await drive.ready();
    const named = await drive.getBlobs().catch(() => null);
    if (base.core.closing) return null;
    if (named && blobs.key.equals(named.core.key)) {
      return { ...base, kind: 'hyperdrive', drive, blobs };
    }
    this.#fault = 'foreign_blobs';
    await drive.close();
    return null;
  }

  #source(core: Hypercore): ReplicatorPeer | undefined {
    return core.peers.find((peer) => this.#isSource(peer) && peer.remoteSynced);
  }

  #isSource(peer: ReplicatorPeer): boolean {
    return peer.remotePublicKey.equals(this.#peerKey);
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

// Hypercore asks every peer that says it has a block, and waits for the answer: a buyer who lies could hold the feed up.
function neverAsk(peer: ReplicatorPeer): void {
  Object.defineProperty(peer, 'remoteUploading', { get: () => false, set: () => {} });
}
