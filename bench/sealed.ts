import { randomBytes, randomUUID } from 'node:crypto';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import DHT, { type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { readBlocks } from '../buyer/pull/block-reader.ts';
import { epochsOf } from '../domain/epoch.ts';
import { epochKey, MAX_SEEDS, narrowSeeds, rootSeeds } from '../protocol/epoch-tree.ts';
import { SealedBlocks } from '../protocol/sealed-blocks.ts';
import { Gate } from '../seeder/gate.ts';
import {
  connectBuyer,
  openTestnet,
  temporaryDirectory,
  until,
  WHOLE,
} from '../test/seeder/loopback.ts';
import { median, rounded } from './figures.ts';
import { openSwarm } from './gate-throughput.ts';

const SHAPES = [
  { name: '1KiB', blockBytes: 1_024, blocks: 20_000, batch: 500 },
  { name: '64KiB', blockBytes: 65_536, blocks: 1_000, batch: 50 },
] as const;
const ROUNDS = 11;
const READS_AT_ONCE = 64;
const FETCHED = { '1KiB': 5_000, '64KiB': 400 };
const BATCHES_PER_EPOCH = 4;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const GRANTS = [
  { name: 'HourBy10s', grantMs: 60 * MINUTE_MS, epochMs: 10_000 },
  { name: 'DayByMinute', grantMs: DAY_MS, epochMs: MINUTE_MS },
  { name: 'MonthByMinute', grantMs: 30 * DAY_MS, epochMs: MINUTE_MS },
  { name: 'YearByHour', grantMs: 365 * DAY_MS, epochMs: 60 * MINUTE_MS },
] as const;
const STARTS = 1_000;

const BUYERS = 20;
const SHARED_BLOCKS = 256;
const SHARED_BLOCK_BYTES = 65_536;
const CONNECT_MS = 120_000;

const root = rootSeeds(randomBytes(32), Buffer.from('bench'));

/**
 * What sealing costs: MB/s of appending and reading beside a plain Hypercore on the same disk, in turns, and of a buyer who
 * fetches a feed over a connection and reads it; the bytes of the seeds that a grant hands out; and what a seeder uploads to
 * 20 buyers who fetch a sealed feed at once, alone and passing it on to each other.
 */
export default async function sealed(): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const shape of SHAPES) Object.assign(figures, await compareSpeed(shape));
  for (const shape of SHAPES) Object.assign(figures, await compareBuyers(shape));
  for (const grant of GRANTS) figures[`seedBytes${grant.name}`] = mostSeedBytes(grant);
  figures.seedBytesMost = MAX_SEEDS * 32;
  figures.feedMB = rounded((SHARED_BLOCKS * SHARED_BLOCK_BYTES) / 1e6, 1);
  figures.uploadAloneMB = await uploadMB(false);
  figures.uploadReseedingMB = await uploadMB(true);
  return figures;
}

type Shape = (typeof SHAPES)[number];

/** Megabytes a second: of the clock, and of this process's processor time, which other work on the machine does not count in. */
interface Speed {
  clock: number;
  processor: number;
}

async function compareSpeed(shape: Shape): Promise<Record<string, number>> {
  const content = Array.from({ length: shape.batch }, () => randomBytes(shape.blockBytes));
  const { plain, sealed } = await inTurns(
    () => measure(shape, content, null),
    () => measure(shape, content, newSeal()),
  );
  const of = (what: 'append' | 'read') => ({
    plain: plain.map((each) => each[what]),
    sealed: sealed.map((each) => each[what]),
  });
  return {
    ...figuresOf(`Append${shape.name}`, of('append')),
    ...figuresOf(`Read${shape.name}`, of('read')),
  };
}

/** Whoever goes second finds a warmer or a busier machine, so they take turns. */
async function inTurns<T>(measurePlain: () => Promise<T>, measureSealed: () => Promise<T>) {
  await measurePlain();
  await measureSealed();
  const plain: T[] = [];
  const sealed: T[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) plain.push(await measurePlain());
    sealed.push(await measureSealed());
    if (round % 2 === 1) plain.push(await measurePlain());
  }
  return { plain, sealed };
}

function figuresOf(
  what: string,
  { plain, sealed }: { plain: Speed[]; sealed: Speed[] },
): Record<string, number> {
  const speed = (speeds: Speed[]) => rounded(median(speeds.map(({ clock }) => clock)), 1);
  const ratio = (of: keyof Speed) =>
    rounded(median(sealed.map((each, at) => each[of] / plain[at]![of])), 3);
  return {
    [`plain${what}MBs`]: speed(plain),
    [`sealed${what}MBs`]: speed(sealed),
    [`ratio${what}`]: ratio('clock'),
    [`processorRatio${what}`]: ratio('processor'),
  };
}

async function timed(megabytes: number, work: () => Promise<unknown>): Promise<Speed> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    clock: megabytes / ((performance.now() - startMs) / 1e3),
    processor: megabytes / ((user + system) / 1e6),
  };
}

/** The epoch changes after every fourth batch. */
function newSeal(): SealedBlocks {
  let batches = 0;
  return new SealedBlocks({
    keyOf: (epoch) => epochKey(root, epoch),
    epochNow: () => Math.floor(batches++ / BATCHES_PER_EPOCH),
  });
}

async function measure(
  { blockBytes, blocks, batch }: Shape,
  content: Buffer[],
  encryption: SealedBlocks | null,
): Promise<{ append: Speed; read: Speed }> {
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const core = store.get({ name: 'bench', ...(encryption && { encryption }) });
  await core.ready();
  const megabytes = (blockBytes * blocks) / 1e6;
  const append = await timed(megabytes, async () => {
    for (let at = 0; at < blocks; at += batch) await core.append(content);
  });
  const read = await timed(megabytes, async () => {
    for (let at = 0; at < blocks; at += READS_AT_ONCE) {
      const count = Math.min(READS_AT_ONCE, blocks - at);
      await Promise.all(Array.from({ length: count }, (_, offset) => core.get(at + offset)));
    }
  });
  await store.close();
  return { append, read };
}

/** Seeder and buyer share this process: whatever sealing takes, it takes from both. */
async function compareBuyers({ name, blockBytes }: Shape): Promise<Record<string, number>> {
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const swarm = await openSwarm(testnet.bootstrap, (stream) => void store.replicate(stream));
  const blocks = Array.from({ length: FETCHED[name] }, () => randomBytes(blockBytes));
  const plain = store.get({ name: 'plain' });
  const sealed = store.get({ name: 'sealed', encryption: newSeal() });
  for (const core of [plain, sealed]) await core.append(blocks);
  const speeds = await inTurns(
    () => fetchAll(testnet.bootstrap, swarm, plain, null),
    () => fetchAll(testnet.bootstrap, swarm, sealed, newSeal()),
  );
  await swarm.destroy();
  await store.close();
  return figuresOf(`Buyer${name}`, speeds);
}

/** How fast a new buyer has read all of a feed that he fetches meanwhile, as `pull` reads. */
async function fetchAll(
  bootstrap: NodeAddress[],
  swarm: Hyperswarm,
  source: Hypercore,
  encryption: SealedBlocks | null,
): Promise<Speed> {
  await using buyer = await connectBuyer(bootstrap, swarm.keyPair.publicKey);
  const core = buyer.store.get({ key: source.key, ...(encryption && { encryption }) });
  const first = await core.get(0);
  const reading = {
    core,
    from: 1,
    end: () => source.length,
    more: () => Promise.resolve(false),
    stopped: new Promise<never>(() => {}),
  };
  const megabytes = ((source.length - 1) * first!.byteLength) / 1e6;
  return await timed(megabytes, async () => {
    for await (const _ of readBlocks(reading));
  });
}

function mostSeedBytes({ grantMs, epochMs }: (typeof GRANTS)[number]): number {
  const sizes = Array.from({ length: STARTS }, () => {
    const fromMs = Date.UTC(2026, 0) + Math.floor(Math.random() * 365 * DAY_MS);
    const { first, last } = epochsOf(fromMs, fromMs + grantMs, epochMs)!;
    return narrowSeeds(root, first, last)!.bytes.byteLength;
  });
  return Math.max(...sizes);
}

/** What the seeder has sent when each of the buyers has every block. */
async function uploadMB(passOn: boolean): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const { bootstrap } = stack.use(await openTestnet());
  const seeder = stack.use(await openPeer(bootstrap));
  const core = seeder.store.get({ name: 'shared', encryption: newSeal() });
  await core.append(Array.from({ length: SHARED_BLOCKS }, () => randomBytes(SHARED_BLOCK_BYTES)));
  const feedId = randomUUID();
  const gate = new Gate(Date.now);
  stack.defer(() => gate.close());
  gate.setCores(feedId, [{ role: 'data', core }]);
  seeder.swarm.on('connection', (connection) => gate.onconnection(connection));
  let uploaded = 0;
  core.on('upload', (_, byteLength) => {
    uploaded += byteLength;
  });
  const buyers = await Promise.all(Array.from({ length: BUYERS }, () => openPeer(bootstrap)));
  for (const [at, buyer] of buyers.entries()) {
    stack.use(buyer);
    buyer.swarm.on('connection', (connection) => buyer.store.replicate(connection));
    buyer.swarm.joinPeer(seeder.key);
    for (const other of passOn ? buyers.slice(0, at) : []) buyer.swarm.joinPeer(other.key);
  }
  const peers = passOn ? BUYERS : 1;
  const isConnected = () => buyers.every(({ swarm }) => swarm.connections.size === peers);
  await until(isConnected, 'everybody is connected', CONNECT_MS);
  const copies = buyers.map(({ store }) => store.get({ key: core.key }));
  await Promise.all(copies.map((copy) => copy.ready()));
  for (const { key } of buyers) gate.grant({ buyerKey: key, feedId, expiresAtMs: null, ...WHOLE });
  await Promise.all(copies.map((copy) => copy.download({ start: 0, end: SHARED_BLOCKS }).done()));
  return rounded(uploaded / 1e6, 1);
}

interface Peer extends AsyncDisposable {
  readonly key: Buffer;
  readonly store: Corestore;
  readonly swarm: Hyperswarm;
}

async function openPeer(bootstrap: NodeAddress[]): Promise<Peer> {
  const directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  await store.ready();
  const swarm = new Hyperswarm({ dht: new DHT({ bootstrap, host: '127.0.0.1' }) });
  swarm.on('connection', (connection) => connection.on('error', () => {}));
  await swarm.listen();
  return {
    key: swarm.keyPair.publicKey,
    store,
    swarm,
    async [Symbol.asyncDispose]() {
      await swarm.destroy();
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
