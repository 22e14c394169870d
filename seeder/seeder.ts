import { join } from 'node:path';
import type { NodeAddress } from 'hyperdht';
import type { Logger } from 'pino';
import { openAnnouncements } from '../boot/announcements.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { copySigner } from '../protocol/copy-signer.ts';
import { guardBees } from '../protocol/guarded-bees.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';
import { Autobases } from './autobases.ts';
import { Clock } from './clock.ts';
import { openStore } from './core-keys.ts';
import type { DeskOptions } from './desk/deps.ts';
import { Desk } from './desk.ts';
import { Feeds, roleOf } from './feeds.ts';
import { Gate } from './gate.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway/gateway.ts';
import { Greeting } from './greeting.ts';
import { type Loop, within } from './loop.ts';
import { Messenger } from './messenger.ts';
import { Mirrors } from './mirrors.ts';
import { Notices } from './notices.ts';
import { Offers } from './offers.ts';
import { withdrawPeers } from './peers.ts';
import { isPresent, withdrawPresence } from './presence.ts';
import { startRounds } from './rounds.ts';
import { Seals } from './seals.ts';
import { Siblings } from './siblings.ts';
import { SeederSwarm } from './swarm.ts';
import { NOBODY, Usage } from './usage.ts';

const LAST_WORD_WITHIN_MS = 1_000;

/** Calls `onNotify` for each notification on the channel, and with '' whenever some may have been missed. */
export type Listen = (
  channel: string,
  onNotify: (payload: string) => void,
) => Promise<{ close(): Promise<void> }>;

/** What a seeder needs; it opens and closes its storage and its swarm itself. */
export interface SeederDeps {
  prisma: PrismaClient;
  listen: Listen;
  log: Logger;
  /** What the market signs with, this seeder's attestation too. */
  keys: MarketKeys;
  /** Holds the writers, the copies and this seeder's key: one process at a time, never a copy of it. */
  storageDir: string;
  /** The nodes of a private DHT; null for the public one. */
  bootstrap: NodeAddress[] | null;
  maxPeers?: number;
  /** Left out: no questions are answered over the swarm, and nothing is sold there. */
  desk?: DeskOptions;
  /** Left out: no HTTP gateway. */
  gateway?: GatewayOptions;
}

export interface Seeder {
  /** The Noise key that buyers reach this seeder by; the same after every restart. */
  readonly key: Buffer;
  /** The gate, to ask how much it holds. */
  readonly gate: Gate;
  /** What it serves. */
  readonly feeds: Feeds;
  /** Where its HTTP gateway answers; null if it has none. */
  readonly gatewayUrl: string | null;
  /** How it stands at this moment. */
  readonly state: SeederState;
  /** Cuts all peers, takes announcements back and closes the storage; bounded to some seconds. */
  stop(): Promise<void>;
}

export interface SeederState {
  /** How many grants are live at the gate. */
  grants: number;
  peers: number;
  feeds: number;
  /** How long ago the grant log was last read to its end; null: never yet. */
  grantsReadAgeMs: number | null;
  /** How much this machine's clock is ahead of the database's; null: not known yet. */
  clockSkewMs: number | null;
}

/**
 * Starts the seeding node. It is up at once even if the database is away, but serves nobody until it has read the
 * grants; from then on it needs no database to end them.
 *
 * @throws when another process holds the storage directory.
 */
export async function startSeeder(deps: SeederDeps): Promise<Seeder> {
  const { prisma, log, keys, storageDir, bootstrap, maxPeers } = deps;
  guardBees();
  await using stack = new AsyncDisposableStack();
  const isUp = (noiseKey: Uint8Array) => isPresent(prisma, noiseKey);
  const { store, keyPair } = await openStore({ storageDir, log, isUp });
  stack.defer(() => store.close());

  const clock = new Clock(log);
  const gate = new Gate(() => clock.nowMs());
  gate.holdAnswers();
  const usage = new Usage(prisma);
  stack.defer(() => within(LAST_WORD_WITHIN_MS, usage.step().catch(noop)));
  const feeds = new Feeds(
    (feed, fresh) => {
      const { id, core, cores } = feed;
      const isBuyer = (key: Buffer) => !siblings.has(key) && !mirrors.sourceOf(id)?.equals(key);
      // Of what is open to anybody nobody is asked who he is.
      const nameOf = (key: Buffer) => (gate.grants(key, id) ? key : NOBODY);
      for (const each of fresh) usage.watch(id, each, (key) => (isBuyer(key) ? nameOf(key) : null));
      gate.setCores(
        id,
        cores.map((each) => ({ role: roleOf(feed, each), core: each })),
        feed.seal,
        feed.isUnique ? copySigner(keys, id) : null,
      );
      swarm.announce(core.discoveryKey);
      rounds.onFeed();
    },
    ({ id }) => {
      gate.removeCores(id);
      siblings.drop(id);
    },
  );
  const siblings = new Siblings(prisma, keyPair.publicKey);
  const autobases = stack.use(new Autobases(prisma, log, join(storageDir, 'unproved')));
  const seals = new Seals(prisma, keys, () => clock.nowMs());
  const mirrors = new Mirrors(prisma, store, log, feeds, siblings, autobases, seals);
  const greeting = new Greeting(keys, keyPair.publicKey, clock);
  const desk = deps.desk ? await openDesk(deps, deps.desk, stack) : null;
  const offers = new Offers(prisma, feeds);
  const notices = new Notices(() => clock.nowMs());
  stack.defer(() => notices.close());
  const news = { offers, notices };
  const messenger = new Messenger(prisma, () => rounds.onMessage());
  const peers = { gate, greeting, news, desk, messenger, mirrors, siblings };
  const swarm = stack.use(
    new SeederSwarm({ ...peers, keyPair, bootstrap, ...(maxPeers && { maxPeers }) }),
  );
  stack.defer(() => gate.close());
  await swarm.listen();
  let gateway: Gateway | null = null;
  if (deps.gateway) {
    const nowMs = () => clock.nowMs();
    gateway = await startGateway({ prisma, log, keys, gate, feeds, usage, nowMs }, deps.gateway);
    stack.defer(() => gateway?.close());
  }
  const gatewayUrl = gateway?.url ?? null;

  const withdraw = () =>
    Promise.all([withdrawPresence(prisma, swarm.key), withdrawPeers(prisma, swarm.key)]);
  stack.defer(() => within(LAST_WORD_WITHIN_MS, withdraw().catch(noop)));
  const rounds = stack.use(
    startRounds({
      ...deps,
      ...peers,
      store,
      clock,
      usage,
      feeds,
      seals,
      autobases,
      offers,
      swarm,
      gatewayUrl,
    }),
  );
  await wakeOn(deps.listen, rounds.woken, stack);

  log.info({ key: swarm.key.toString('hex') }, 'seeder is up');
  const opened = stack.move();
  return {
    key: swarm.key,
    gate,
    feeds,
    gatewayUrl,
    get state() {
      return {
        grants: gate.size,
        peers: swarm.peers,
        feeds: feeds.size,
        grantsReadAgeMs: rounds.grants.read && clock.nowMs() - rounds.grants.read.atMs,
        clockSkewMs: clock.skewMs,
      };
    },
    stop: () => opened.disposeAsync(),
  };
}

async function openDesk(
  { prisma, listen, log, keys }: SeederDeps,
  options: DeskOptions,
  stack: AsyncDisposableStack,
): Promise<Desk> {
  const orders = await openAnnouncements(listen, 'orders');
  stack.defer(() => orders.close());
  return new Desk({ ...options, prisma, log, keys }, orders);
}

async function wakeOn(
  listen: Listen,
  loops: Record<string, readonly Loop[]>,
  stack: AsyncDisposableStack,
): Promise<void> {
  for (const [channel, woken] of Object.entries(loops)) {
    const subscription = await listen(channel, () => {
      for (const loop of woken) loop.wake();
    });
    stack.defer(() => subscription.close());
  }
}

function noop(): void {}
