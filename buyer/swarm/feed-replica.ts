import { EventEmitter } from 'node:events';
import Autobase, { type Handlers } from 'autobase';
import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type Protomux from 'protomux';
import { copyKey } from '../../protocol/copy-manifest.ts';
import type { Expiring, Invalid, Message, Valid } from '../../protocol/messages.ts';
import { sealedStore } from '../../protocol/sealed-store.ts';
import { AccessEnded } from '../access-ended.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { type Access, AccessReports, END_SLACK_MS } from './access.ts';
import { FeedKeys, type KeyHope } from './feed-keys.ts';
import type { SeederSession } from './seeder-session.ts';
import { SilentSeeders } from './silent-seeders.ts';

/** How many cores of an Autobase are opened, several times as many as a seeder tells of at once. */
const MAX_CORES = 1_024;

/** A feed as card or catalogue describe it. */
export interface FeedDescription {
  feedId: string;
  kind: 'hypercore' | 'hyperbee' | 'hyperdrive' | 'autobase';
  /** `sealed`: its blocks are opened with keys that come with the access; `unique`: each buyer has a copy of his own. */
  mode: 'open' | 'sealed' | 'unique';
  /** Of a unique feed: the key that signs the copies (hex). */
  copySigner: string | null;
  /** What each core is there, and its public key (hex); the first is the one that the feed is found by. */
  cores: readonly { role: string; key: string }[];
}

/** A core of the feed in our store. */
export interface FeedCore {
  readonly role: string;
  readonly core: Hypercore;
}

interface OpenCore extends FeedCore {
  role: string;
  readonly seeders: SilentSeeders;
}

export interface FeedEvents {
  /** The length of a core, the connections or the access may have changed. */
  change: [];
  valid: [Valid];
  invalid: [Invalid];
  expiring: [Expiring];
  message: [Message];
}

/** What the replica needs of the swarm that it belongs to. */
export interface FeedSurroundings {
  /** Who buys. */
  readonly buyerKey: Uint8Array;
  readonly connected: boolean;
  readonly aloneForMs: number;
  forget(replica: FeedReplica): Promise<void>;
}

/**
 * The buyer's copy of a feed: holds what was fetched, fetches what is asked for from the seeders that let the buyer in, and
 * knows how the buyer stands with them. Every block is verified against its core's key by Hypercore.
 */
export class FeedReplica extends EventEmitter<FeedEvents> implements AsyncDisposable {
  readonly feedId: string;
  readonly kind: FeedDescription['kind'];
  /** The key that the feed is known and found by (hex): of its first core, also where ours is a copy under another key. */
  readonly key: string;
  /** Whether access that has ended may come back by itself, so that it is waited for. */
  mayComeBack: () => boolean = () => false;
  readonly #store: Corestore;
  readonly #swarm: FeedSurroundings;
  readonly #reports = new AccessReports();
  readonly #cores = new Map<string, OpenCore>();
  readonly #keys: FeedKeys | null;
  /** The keys that a role may have, of the roles that card or catalogue name. */
  readonly #pinned = new Map<string, Set<string>>();
  readonly #core: Hypercore;
  #bee: Hyperbee | null = null;
  #drive: Hyperdrive | null = null;
  #base: Pick<Autobase, 'hintWakeup' | 'close'> | null = null;
  #closed = false;

  private constructor(description: FeedDescription, store: Corestore, swarm: FeedSurroundings) {
    super();
    this.feedId = description.feedId;
    this.kind = description.kind;
    this.#store = store;
    this.#swarm = swarm;
    this.#keys = description.mode === 'sealed' ? new FeedKeys(() => this.#keyHope()) : null;
    const cores = ownCores(description, swarm.buyerKey);
    for (const { role, key } of cores) {
      // Of an Autobase the bootstrap stays what it is; the other cores come and take each other's place.
      if (description.kind !== 'autobase' || role === 'data')
        this.#pinned.set(role, new Set([...(this.#pinned.get(role) ?? []), key]));
      this.#add(role, key);
    }
    this.key = description.cores[0]?.key ?? noCore();
    this.#core = this.#cores.get(cores[0]!.key)!.core;
  }

  /** Opens the cores that are known already. */
  static async open(
    description: FeedDescription,
    store: Corestore,
    swarm: FeedSurroundings,
  ): Promise<FeedReplica> {
    const replica = new FeedReplica(description, store, swarm);
    await Promise.all([...replica.#cores.values()].map(({ core }) => core.ready()));
    await replica.#keys?.load(replica.core);
    return replica;
  }

  /**
   * The first core: the blocks of a Hypercore, the tree of a Hyperbee, the files' names of a Hyperdrive, the bootstrap of an
   * Autobase.
   */
  get core(): Hypercore {
    return this.#core;
  }

  /** All cores of the feed that are known, by key in hex: seeders may tell of more than the card does. */
  get cores(): ReadonlyMap<string, FeedCore> {
    return this.#cores;
  }

  /** A Hyperbee's entries. @throws Failure for another kind */
  get bee(): Hyperbee {
    if (this.kind !== 'hyperbee') throw this.#isNo('hyperbee');
    this.#bee ??= new Hyperbee(this.#core.session(), {
      keyEncoding: 'utf-8',
      valueEncoding: 'json',
      extension: false,
    });
    return this.#bee;
  }

  /** A Hyperdrive's files. @throws Failure for another kind */
  get drive(): Hyperdrive {
    if (this.kind !== 'hyperdrive') throw this.#isNo('hyperdrive');
    this.#drive ??= new Hyperdrive(
      this.#keys ? sealedStore(this.#store, this.#keys.encryption) : this.#store.session(),
      this.#core.key,
    );
    return this.#drive;
  }

  /** Whether it is sealed: its blocks may come from anybody, and be passed on to anybody. */
  get isSealed(): boolean {
    return this.#keys !== null;
  }

  /** Whether some of a sealed feed can be read without any seeder: with keys that came before, from whoever has the blocks. */
  get isUnlocked(): boolean {
    return this.#keys?.any ?? false;
  }

  get access(): Access {
    return this.#reports.access;
  }

  /** What a seeder told last that lets the buyer in, or did; null: none has yet. */
  get lastValid(): Valid | null {
    return this.#reports.lastValid;
  }

  /** What a seeder that does not let the buyer in says is on sale; null when none says. */
  get plansOnSale(): Invalid['plans'] {
    return this.#reports.plansOnSale;
  }

  /** An Autobase's first view, as far as its indexers have signed it; null while no seeder has told of one. */
  get view(): Hypercore | null {
    if (this.kind !== 'autobase') throw this.#isNo('autobase');
    for (const { role, core } of this.#cores.values()) if (role === 'view-0') return core;
    return null;
  }

  /** The whole Autobase, for whoever has the seller's `open` and `apply`; opened once. @throws Failure for another kind */
  autobase<T, View>(handlers: Handlers<T, View>): Autobase<T, View> {
    if (this.kind !== 'autobase') throw this.#isNo('autobase');
    if (this.#base) throw new Error('the Autobase is open already');
    const base = new Autobase(this.#store.namespace(this.feedId), this.#core.key, handlers);
    this.#base = base;
    this.#hint();
    return base;
  }

  /** The first block of the first core that the access covers. What is before it is not served: do not wait for it. */
  get fromBlock(): number {
    return this.fromBlockOf(this.#core);
  }

  /** The same of any of the feed's cores; 0 while nothing is known. */
  fromBlockOf(core: Hypercore): number {
    const key = core.key.toString('hex');
    return this.#reports.lastValid?.cores.find((each) => each.key === key)?.fromBlock ?? 0;
  }

  get connected(): boolean {
    return this.#swarm.connected;
  }

  /** How long there has been no seeder, in milliseconds. */
  get aloneForMs(): number {
    return this.#swarm.aloneForMs;
  }

  /** When the last grant that a seeder told of ends or ended, on the market's clock; null: no end, or none told. */
  get expiresAtMs(): number | null {
    return this.#reports.lastValid?.expiresAtMs ?? null;
  }

  /** The same on our clock. */
  get expiresAtLocalMs(): number | null {
    return this.expiresAtMs === null ? null : this.#reports.localMs(this.expiresAtMs);
  }

  /** Takes what a seeder says of the access: whoever lets the buyer in is asked for blocks, nobody else. */
  heard(session: SeederSession, report: Valid | Invalid): void {
    if (this.#closed) return;
    this.#reports.heard(session.seederKey, report);
    if ('cores' in report) {
      if (report.seal) this.#keys?.take(report.seal, this.#core);
      this.#replicate(session, report);
      this.emit('valid', report);
    } else {
      for (const { seeders } of this.#cores.values()) seeders.remove(session.mux);
      this.emit('invalid', report);
    }
    this.#keys?.wake();
    this.emit('change');
  }

  /** Exchanges the blocks of a sealed feed with a peer that is no seeder. */
  meet(mux: Protomux): void {
    if (this.#keys === null || this.#closed) return;
    for (const { seeders } of this.#cores.values()) seeders.add(mux);
  }

  /** The seeder is gone. */
  lost(session: SeederSession): void {
    this.#reports.forget(session.seederKey);
    this.emit('change');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.removeAllListeners();
    this.#keys?.wake();
    await this.#keys?.saved();
    await this.#swarm.forget(this);
    for (const { seeders } of this.#cores.values()) seeders.close();
    await this.#bee?.close();
    await this.#drive?.close();
    await this.#base?.close();
    for (const { core } of this.#cores.values()) await core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #replicate(session: SeederSession, { cores }: Valid): void {
    for (const { role, key } of cores) {
      if (!this.#isOfFeed(role, key)) continue;
      const opened = this.#cores.get(key) ?? this.#add(role, key);
      const { core, seeders } = opened;
      opened.role = role;
      if (core.opened) seeders.add(session.mux);
      else void core.ready().then(() => this.#isLetIn(session) && seeders.add(session.mux));
    }
    this.#hint();
  }

  /** Whether seeders may give keys that are not there yet. @throws AccessEnded */
  #keyHope(): KeyHope {
    if (this.#closed) return 'none';
    const { access } = this;
    if (access.state === 'valid') return 'soon';
    const overdueMs = Date.now() - (this.expiresAtLocalMs ?? Number.POSITIVE_INFINITY);
    const isOver = overdueMs > END_SLACK_MS;
    // A seeder that has just come back may not have read the grants yet.
    const isRefused = access.state === 'invalid' && access.reason !== 'no-grant';
    if (isOver || isRefused) {
      if (this.mayComeBack()) return 'later';
      const reason = access.state === 'invalid' ? access.reason : 'expired';
      throw new AccessEnded(reason, this.expiresAtMs);
    }
    return this.lastValid !== null && !this.connected ? 'later' : 'soon';
  }

  // Of an Autobase there are more cores than anybody knew before; a seeder could go on naming some for ever.
  #isOfFeed(role: string, key: string): boolean {
    const pinned = this.#pinned.get(role);
    if (pinned || this.kind !== 'autobase') return pinned?.has(key) ?? false;
    return this.#cores.has(key) || this.#cores.size < MAX_CORES;
  }

  // A writer that nobody's blocks have named yet is not looked for.
  #hint(): void {
    const writers = [...this.#cores].filter(([, { role }]) => role.startsWith('writer-'));
    const hints = writers.map(([key]) => ({ key: Buffer.from(key, 'hex'), length: -1 }));
    if (hints.length > 0) this.#base?.hintWakeup(hints);
  }

  #add(role: string, key: string): OpenCore {
    const encryption = this.#keys?.encryption;
    const core = this.#store.get({
      key: Buffer.from(key, 'hex'),
      writable: false,
      ...(encryption && { encryption }),
    });
    core.on('append', () => this.emit('change'));
    const opened = { role, core, seeders: new SilentSeeders(core) };
    this.#cores.set(key, opened);
    return opened;
  }

  #isLetIn({ isOver, seederKey }: SeederSession): boolean {
    return !this.#closed && !isOver && this.#reports.isValidAt(seederKey);
  }

  #isNo(kind: string): Failure {
    return new Failure(
      EXIT.usage,
      'other-kind',
      `this feed is of the kind ${this.kind}, not ${kind}`,
    );
  }
}

/** The cores as this buyer is served them. */
function ownCores(
  { mode, copySigner, cores }: FeedDescription,
  buyerKey: Uint8Array,
): FeedDescription['cores'] {
  if (mode !== 'unique') return cores;
  if (copySigner === null) return noSigner();
  const signer = Buffer.from(copySigner, 'hex');
  return cores.map(({ role, key }) => {
    const terms = { signer, coreKey: Buffer.from(key, 'hex'), buyerKey };
    return { role, key: copyKey(terms).toString('hex') };
  });
}

function noSigner(): never {
  const message = 'the market does not say what signs the copies of this feed';
  throw new Failure(EXIT.market, 'no-copy-signer', message);
}

function noCore(): never {
  throw new Failure(EXIT.noSeeder, 'no-core', 'the feed has no data yet', 'try again in a while');
}
