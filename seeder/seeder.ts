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
import { HostedCores } from './cores.ts';
import type { DeskOptions } from './desk/deps.ts';
import { Desk } from './desk.ts';
import { Feeds, roleOf } from './feeds.ts';
import { Gate } from './gate.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway/gateway.ts';
import { GrantFollower } from './grant-follower.ts';
import { Greeting } from './greeting.ts';
import { Holds } from './holds.ts';
import { Ingest } from './ingest.ts';
import { type Loop, startLoop, within } from './loop.ts';
import { Messenger } from './messenger.ts';
import { Mirrors } from './mirrors.ts';
import { Notices } from './notices.ts';
import { Offers } from './offers.ts';
import { readOpenFeeds } from './open-feeds.ts';
import { announcePeers, withdrawPeers } from './peers.ts';
import { announcePresence, isPresent, withdrawPresence } from './presence.ts';
import { Previews } from './previews.ts';
import { Refill } from './refill.ts';
import { Seals } from './seals.ts';
import { Siblings } from './siblings.ts';
import { SeederSwarm } from './swarm.ts';
import { tellGrants } from './tell-grants.ts';
import { NOBODY, Usage } from './usage.ts';
import { FileWriter } from './write-files.ts';

const GRANTS_EVERY_MS = 1_000;
const GREETING_EVERY_MS = 1_000;
const BATCHES_EVERY_MS = 5_000;
const FEEDS_EVERY_MS = 10_000;
const OFFERS_EVERY_MS = 5_000;
const OPEN_FEEDS_EVERY_MS = 1_000;
const PRESENCE_EVERY_MS = 5_000;
const SIBLINGS_EVERY_MS = 5_000;
const SOURCES_EVERY_MS = 10_000;
const MESSAGES_EVERY_MS = 1_000;
const HOLDS_EVERY_MS = 1_000;
const COPIES_EVERY_MS = 1_000;
const AUTOBASES_EVERY_MS = 500;
const KEYS_EVERY_MS = 1_000;
const SETTINGS_EVERY_MS = 10_000;
const PREVIEWS_EVERY_MS = 1_000;
const USAGE_EVERY_MS = 10_000;
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
      batches.wake();
      files.wake();
      offered.wake();
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
  const messenger = new Messenger(prisma, () => messages.wake());
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

  const nodes = bootstrap ?? [];
  const withdraw = () =>
    Promise.all([withdrawPresence(prisma, swarm.key), withdrawPeers(prisma, swarm.key)]);
  stack.defer(() => within(LAST_WORD_WITHIN_MS, withdraw().catch(noop)));
  const loops: Loop[] = [];
  stack.defer(async () => {
    await Promise.all(loops.map((each) => each[Symbol.asyncDispose]()));
  });
  const loop = (name: string, everyMs: number, step: () => Promise<void>) => {
    const started = startLoop(name, everyMs, log, step);
    loops.push(started);
    return started;
  };
  const holds = new Holds(prisma, gate, feeds, swarm.key, log);
  const follower = new GrantFollower(prisma, clock, gate, holds, (rows) => {
    tellGrants(prisma, log, rows).catch((err) => log.debug({ err }, 'not told whom that is for'));
  });
  loop('presence', PRESENCE_EVERY_MS, async () => {
    const standing = { grantsRead: follower.read, clockSkewMs: clock.skewMs };
    await announcePresence(prisma, {
      noiseKey: swarm.key,
      bootstrap: nodes,
      gatewayUrl,
      ...standing,
    });
    await announcePeers(prisma, swarm.key, gate.audience);
  });

  const isSibling = (key: Uint8Array) => siblings.has(key);
  const refill = new Refill(isSibling, log, () => {
    batches.wake();
    files.wake();
  });
  const hosted = new HostedCores(
    prisma,
    keys.signing.publicKey,
    store,
    log,
    feeds,
    siblings,
    refill,
    seals,
  );
  const ingest = new Ingest(prisma, feeds, refill, log);
  const writer = new FileWriter(prisma, feeds, refill, log);
  const batches = loop('batches', BATCHES_EVERY_MS, () => ingest.step());
  const files = loop('files', BATCHES_EVERY_MS, () => writer.step());
  const writers = loop('feeds', FEEDS_EVERY_MS, () => hosted.step());
  loop('keys', KEYS_EVERY_MS, async () => gate.renewSeals());
  const others = loop('siblings', SIBLINGS_EVERY_MS, () =>
    siblings.step(
      (key) => swarm.dial(key),
      (key) => swarm.forget(key),
    ),
  );
  const sources = loop('sources', SOURCES_EVERY_MS, () => mirrors.step((key) => swarm.dial(key)));
  loop('copies', COPIES_EVERY_MS, () => mirrors.record());
  loop('autobases', AUTOBASES_EVERY_MS, () => autobases.step());
  const previews = new Previews(prisma, feeds, log);
  const shown = loop('preview settings', SETTINGS_EVERY_MS, () => previews.readSettings());
  loop('previews', PREVIEWS_EVERY_MS, () => previews.step());
  const offered = loop('offers', OFFERS_EVERY_MS, () => offers.step());
  loop('usage', USAGE_EVERY_MS, () => usage.step());
  loop('open feeds', OPEN_FEEDS_EVERY_MS, async () => gate.openFeeds(await readOpenFeeds(prisma)));
  const grants = loop('grants', GRANTS_EVERY_MS, () => follower.step());
  loop('greeting', GREETING_EVERY_MS, async () => greeting.step());
  const messages = loop('messages', MESSAGES_EVERY_MS, () => messenger.step());
  const held = loop('holds', HOLDS_EVERY_MS, () => holds.step());
  const woken = {
    grant_log: [grants],
    holds: [held],
    messages: [messages],
    feeds: [writers, sources, offered],
    append_batches: [batches],
    file_writes: [files],
    previews: [shown],
    seeders: [others],
  };
  await wakeOn(deps.listen, woken, stack);

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
        grantsReadAgeMs: follower.read && clock.nowMs() - follower.read.atMs,
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
