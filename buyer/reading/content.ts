import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type Hyperdrive from 'hyperdrive';
import type { Watch } from '../pull/watch.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import type { ReadFeed } from './read-feed.ts';

/** Blocks in their order: a Hypercore, or an Autobase's view. */
export interface Log {
  readonly is: 'log';
  /** An Autobase's changes when indexers join or leave: the one that follows begins with the same blocks. */
  readonly core: Hypercore;
  /** How many blocks the catalogue says there are: fewer are not the whole feed. */
  readonly knownLength: number;
}

/** Values by key: a Hyperbee, also as an Autobase's view. */
export interface Table {
  readonly is: 'table';
  readonly core: Hypercore;
  /** The tree as it grows; values are bytes. */
  readonly bee: Hyperbee<Buffer | null>;
}

/** Files by path. */
export interface Files {
  readonly is: 'files';
  readonly drive: Hyperdrive;
}

export type Content = Log | Table | Files;

/** What a feed holds, in the shape in which it is read; waits until its length is known, once the buyer is let in. */
export async function contentOf(
  { feed }: ReadFeed,
  replica: FeedReplica,
  watch: Watch,
): Promise<Content> {
  const isView = replica.kind === 'autobase';
  if (isView) await watch.until(() => replica.view?.opened === true);
  const core = () => (isView ? replica.view! : replica.core);
  const key = isView ? core().key.toString('hex') : replica.key;
  const knownLength = feed.cores.find((each) => each.key === key)?.length ?? 0;
  if (replica.kind === 'hypercore') return logOf(core, knownLength);
  await updated(core(), knownLength, watch);
  if (replica.kind === 'hyperdrive') return { is: 'files', drive: replica.drive };
  const isTable = !isView || (await isTree(core(), watch));
  return isTable ? tableOf(core) : logOf(core, knownLength);
}

async function isTree(core: Hypercore, watch: Watch): Promise<boolean> {
  return core.length > 0 && (await watch.of(Hyperbee.isHyperbee(core)));
}

/** Waits until as much is known of a core as the catalogue knew, and what a seeder says besides. */
export async function updated(core: Hypercore, knownLength: number, watch: Watch): Promise<void> {
  await watch.currentLength(core);
  await watch.until(() => core.length >= knownLength);
}

function tableOf(core: () => Hypercore): Table {
  let opened: { core: Hypercore; bee: Hyperbee<Buffer | null> } | null = null;
  return {
    is: 'table',
    get core() {
      return core();
    },
    get bee() {
      if (opened?.core !== core()) opened = { core: core(), bee: beeOf(core()) };
      return opened.bee;
    },
  };
}

function beeOf(core: Hypercore): Hyperbee<Buffer | null> {
  const options = { keyEncoding: 'utf-8', valueEncoding: 'binary', extension: false } as const;
  return new Hyperbee<Buffer | null>(core, options);
}

function logOf(core: () => Hypercore, knownLength: number): Log {
  return {
    is: 'log',
    knownLength,
    get core() {
      return core();
    },
  };
}
