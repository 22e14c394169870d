import type Corestore from 'corestore';
import type { NodeAddress } from 'hyperdht';
import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';
import type { Autobases } from './autobases.ts';
import type { Clock } from './clock.ts';
import { HostedCores } from './cores.ts';
import type { Feeds } from './feeds.ts';
import type { Gate } from './gate.ts';
import { GrantFollower } from './grant-follower.ts';
import type { Greeting } from './greeting.ts';
import { Holds } from './holds.ts';
import { Ingest } from './ingest.ts';
import { type Loop, startLoop } from './loop.ts';
import type { Messenger } from './messenger.ts';
import type { Mirrors } from './mirrors.ts';
import type { Offers } from './offers.ts';
import { readOpenFeeds } from './open-feeds.ts';
import { announcePeers } from './peers.ts';
import { announcePresence } from './presence.ts';
import { Previews } from './previews.ts';
import { Refill } from './refill.ts';
import type { Seals } from './seals.ts';
import type { Siblings } from './siblings.ts';
import type { SeederSwarm } from './swarm.ts';
import { tellGrants } from './tell-grants.ts';
import type { Usage } from './usage.ts';
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

/** The parts of a seeder that have something to do now and then. */
export interface RoundsOptions {
  prisma: PrismaClient;
  log: Logger;
  keys: MarketKeys;
  bootstrap: NodeAddress[] | null;
  gatewayUrl: string | null;
  store: Corestore;
  clock: Clock;
  gate: Gate;
  usage: Usage;
  feeds: Feeds;
  seals: Seals;
  siblings: Siblings;
  mirrors: Mirrors;
  autobases: Autobases;
  greeting: Greeting;
  offers: Offers;
  messenger: Messenger;
  swarm: SeederSwarm;
}

/** What a seeder does over and over, as long as it is up. */
export interface Rounds extends AsyncDisposable {
  /** How far the grant log was read. */
  readonly grants: Pick<GrantFollower, 'read'>;
  /** What is to be done at once when the database notifies, by the channel. */
  readonly woken: Record<string, readonly Loop[]>;
  /** A feed is served from now on: there may be something for it. */
  onFeed(): void;
  /** A buyer has to be told of a message. */
  onMessage(): void;
}

/** Starts them all; none waits for another. */
export function startRounds(options: RoundsOptions): Rounds {
  const { prisma, log, keys, store, clock, gate, usage, feeds, seals, swarm } = options;
  const { siblings, mirrors, autobases, greeting, offers, messenger } = options;
  const loops: Loop[] = [];
  const loop = (name: string, everyMs: number, step: () => Promise<void>) => {
    const started = startLoop(name, everyMs, log, step);
    loops.push(started);
    return started;
  };
  const holds = new Holds(prisma, gate, feeds, swarm.key, log);
  const follower = new GrantFollower(prisma, clock, gate, holds, (rows) => {
    tellGrants(prisma, log, rows).catch((err) => log.debug({ err }, 'not told whom that is for'));
  });
  loop('presence', PRESENCE_EVERY_MS, () => announce(options, follower));

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
  return {
    grants: follower,
    woken,
    onFeed() {
      for (const each of [batches, files, offered]) each.wake();
    },
    onMessage: () => messages.wake(),
    async [Symbol.asyncDispose]() {
      await Promise.all(loops.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

async function announce(
  { prisma, bootstrap, gatewayUrl, clock, gate, swarm }: RoundsOptions,
  { read }: GrantFollower,
): Promise<void> {
  await announcePresence(prisma, {
    noiseKey: swarm.key,
    bootstrap: bootstrap ?? [],
    gatewayUrl,
    grantsRead: read,
    clockSkewMs: clock.skewMs,
  });
  await announcePeers(prisma, swarm.key, gate.audience);
}
