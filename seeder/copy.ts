import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type { ReplicatorPeer } from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type Protomux from 'protomux';
import type { FeedKind, FeedMode } from '../prisma/client/client.ts';
import { sealedStore } from '../protocol/sealed-store.ts';
import { attach } from './attachment.ts';
import type { FeedSeal } from './feed-seal.ts';
import type { Feed } from './feeds.ts';
import { idOf } from './key-id.ts';

/** A feed whose writer is elsewhere, as the catalogue has it. */
export interface CopiedFeed {
  id: string;
  kind: FeedKind;
  origin: Feed['origin'];
  mode: FeedMode;
  cores: readonly { role: string; key: Uint8Array }[];
  seal: FeedSeal | null;
}

/** For which a copy cannot be served; of an Autobase that is `unreadable`, what was found of it is. */
export type CopyFault = 'conflict' | 'foreign_blobs' | 'unreadable';

/** The copy of a feed whose writer is elsewhere: fetched from its sources and from nobody else, live, and whole. */
export class Copy {
  readonly id: string;
  readonly #kind: FeedKind;
  readonly #origin: Feed['origin'];
  readonly #mode: FeedMode;
  readonly #store: Corestore;
  readonly #seal: FeedSeal | null;
  readonly #isSource: (key: Uint8Array) => boolean;
  #cores: ReadonlyMap<string, Hypercore>;
  #fault: CopyFault | null = null;
  #watch: (core: Hypercore) => void = () => {};

  /** @param isSource whether the machine with this Noise key is to be asked for blocks */
  constructor(
    store: Corestore,
    { id, kind, origin, mode, cores, seal }: CopiedFeed,
    isSource: (key: Uint8Array) => boolean,
  ) {
    this.id = id;
    this.#kind = kind;
    this.#origin = origin;
    this.#mode = mode;
    this.#store = store;
    this.#seal = seal;
    this.#isSource = isSource;
    this.#cores = new Map(cores.map(({ role, key }) => [role, this.#core(key)]));
  }

  /** What is wrong with it; null when nothing is. */
  get fault(): CopyFault | null {
    return this.#fault;
  }

  /** Its cores, in the order of the catalogue. */
  get cores(): readonly Hypercore[] {
    return [...this.#cores.values()];
  }

  /** The same by their roles. */
  get roles(): ReadonlyMap<string, Hypercore> {
    return this.#cores;
  }

  /** The one that the feed is found by. */
  get first(): Hypercore {
    return this.#cores.get('files') ?? this.#cores.get('data')!;
  }

  /**
   * Opens the copy and asks for all of it, now and as it grows.
   *
   * @param oninvalid called when a source sends what does not verify, which is dropped.
   * @param onconflict called when the writer turns out to have signed two histories; nothing may be served any more.
   */
  async open(oninvalid: (error: Error) => void, onconflict: () => void): Promise<void> {
    this.#watch = (core) => {
      core.on('verification-error', oninvalid);
      core.on('conflict', () => {
        this.#fault = 'conflict';
        onconflict();
      });
    };
    for (const core of this.#cores.values()) await this.#fetch(core);
  }

  /** Takes on the cores that the feed has by now, and lets go of none. @returns whether any is new, or has a new role */
  async grow(cores: CopiedFeed['cores']): Promise<boolean> {
    const isHeld = (role: string, key: Uint8Array) =>
      this.#cores.has(role) && idOf(this.#cores.get(role)!.key) === idOf(key);
    if (cores.every(({ role, key }) => isHeld(role, key))) return false;
    const held = new Map(this.cores.map((core) => [idOf(core.key), core]));
    const grown = new Map<string, Hypercore>();
    for (const { role, key } of cores) {
      grown.set(role, held.get(idOf(key)) ?? (await this.#fetch(this.#core(key))));
    }
    this.#cores = grown;
    return true;
  }

  /** Says whether an Autobase can be read. */
  set isUnreadable(isUnreadable: boolean) {
    if (this.#fault !== 'conflict') this.#fault = isUnreadable ? 'unreadable' : null;
  }

  async close(): Promise<void> {
    for (const core of this.#cores.values()) await core.close();
  }

  /** Fetches the feed over a stream that is authenticated with a source's key. */
  attachTo(mux: Protomux): void {
    if (this.#fault === 'conflict') return;
    for (const core of this.#cores.values()) attach(core, mux);
  }

  /** The feed in the shape of its kind, for those who serve it; null when it cannot be served. A Hyperdrive waits for its first block. */
  async feed(): Promise<Feed | null> {
    if (this.#fault === 'conflict') return null;
    const core = this.first;
    const base = {
      id: this.id,
      origin: this.#origin,
      isWriter: false,
      core,
      cores: this.cores,
      seal: this.#seal,
      isUnique: this.#mode === 'unique',
    } as const;
    if (this.#kind === 'hypercore') return { ...base, kind: 'hypercore' };
    if (this.#kind === 'hyperdrive') return this.#driveFeed(base);
    if (this.#kind === 'autobase') {
      const roles = new Map([...this.#cores].map(([role, each]) => [each, role]));
      return { ...base, kind: 'autobase', roles, view: this.#cores.get('view-0') ?? null };
    }
    const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'json' });
    await bee.ready();
    return { ...base, kind: 'hyperbee', bee };
  }

  // A history that is rewritten stays as it was sold.
  #core(key: Uint8Array): Hypercore {
    return this.#scope(this.#store).get({
      key: Buffer.from(key),
      allowFork: false,
      writable: false,
    });
  }

  async #fetch(core: Hypercore): Promise<Hypercore> {
    await core.ready();
    askOnly(core, this.#isSource);
    this.#watch(core);
    core.download({ start: 0, end: -1 });
    return core;
  }

  #scope(store: Corestore): Corestore {
    return this.#seal ? sealedStore(store, this.#seal.encryption) : store;
  }

  async #driveFeed(base: Omit<Feed, 'kind'>): Promise<Feed | null> {
    const blobs = this.#cores.get('blobs')!;
    // A drive that cannot read its first block would keep the core to itself.
    if (this.#seal) await base.core.get(0);
    const drive = new Hyperdrive(this.#scope(this.#store.namespace(this.id)), base.core.key);
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
}

/**
 * Has blocks of the core fetched from its sources only. Hypercore asks every peer that says it has a block, and waits for
 * the answer: a buyer who lies could hold the feed up. So what others say that they have is not even remembered, nor is any
 * other history of the core looked for.
 */
export function askOnly(core: Hypercore, isSource: (key: Uint8Array) => boolean): void {
  const check = (peer: ReplicatorPeer) => {
    if (isSource(peer.remotePublicKey)) return;
    Object.defineProperty(peer, 'remoteUploading', { get: () => false, set: () => {} });
    Object.assign(peer, { onrange: unheard, onbitfield: unheard });
  };
  Object.assign(core.core.replicator, { allowFork: false });
  for (const peer of core.peers) check(peer);
  core.on('peer-add', check);
}

function unheard(): void {}
