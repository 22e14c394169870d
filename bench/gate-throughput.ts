import { randomBytes, randomUUID } from 'node:crypto';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import DHT, { type Connection, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { Gate } from '../seeder/gate.ts';
import { connectBuyer, openTestnet, temporaryDirectory, WHOLE } from '../test/seeder/loopback.ts';
import { median, rounded } from './figures.ts';

const LIVE_GRANTS = 10_000;
const ROUNDS = 11;
const SHAPES = [
  { name: '1 KiB', blockBytes: 1_024, blocks: 5_000 },
  { name: '64 KiB', blockBytes: 65_536, blocks: 400 },
] as const;

/**
 * Reads a whole feed over a loopback swarm, from a plain Hypercore seeder and from a gated one that holds 10,000 live
 * grants, in turns; the figure is the median of the rounds' ratios of speed, gated to plain.
 */
export default async function gateThroughput(): Promise<Record<string, number>> {
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const gate = gateOfManyGrants();
  const plain = await openSwarm(testnet.bootstrap, (stream) => void store.replicate(stream));
  const gated = await openSwarm(testnet.bootstrap, (stream) => gate.onconnection(stream));
  const ratios: number[] = [];
  for (const { name, blockBytes, blocks } of SHAPES) {
    const feedId = randomUUID();
    const core = await fill(store, blockBytes, blocks);
    gate.setCores(feedId, [{ role: 'data', core }]);
    const megabytes = (blockBytes * blocks) / 1e6;
    const readPlain = () => readAll(testnet.bootstrap, plain, core, () => core.key);
    const readGated = () =>
      readAll(testnet.bootstrap, gated, core, (buyerKey) => {
        gate.grant({ buyerKey, feedId, expiresAtMs: Date.now() + 3_600_000, ...WHOLE });
        return core.key;
      });
    ratios.push(await compare(`${name}: gated`, megabytes, readPlain, readGated));
  }
  await Promise.all([plain.destroy(), gated.destroy()]);
  gate.close();
  await store.close();
  return { ratio1KiB: ratios[0]!, ratio64KiB: ratios[1]! };
}

/** Takes turns of both; the median of the rounds' ratios of speed, ours to plain. */
export async function compare(
  name: string,
  megabytes: number,
  readPlain: () => Promise<number>,
  readGated: () => Promise<number>,
): Promise<number> {
  await readPlain();
  await readGated();
  const plainMs: number[] = [];
  const gatedMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever goes second finds a warmer or a busier machine, so they take turns.
    if (round % 2 === 0) plainMs.push(await readPlain());
    gatedMs.push(await readGated());
    if (round % 2 === 1) plainMs.push(await readPlain());
  }
  const ratio = rounded(median(plainMs.map((ms, round) => ms / gatedMs[round]!)), 3);
  const speed = (times: number[]) => (megabytes / (median(times) / 1_000)).toFixed(1);
  console.log(`${name} ${speed(gatedMs)} MB/s, plain ${speed(plainMs)} MB/s, ratio ${ratio}`);
  return ratio;
}

/**
 * Reads a feed as a new buyer.
 *
 * @param admit lets him in, and returns the key of what he reads
 * @returns how long that took, in ms
 */
export async function readAll(
  bootstrap: NodeAddress[],
  swarm: Hyperswarm,
  source: Hypercore,
  admit: (buyerKey: Buffer) => Buffer,
): Promise<number> {
  await using buyer = await connectBuyer(bootstrap, swarm.keyPair.publicKey);
  const copy = await buyer.open(admit(buyer.key));
  await copy.get(0);
  const startMs = performance.now();
  await copy.download({ start: 0, end: source.length }).done();
  return performance.now() - startMs;
}

function gateOfManyGrants(): Gate {
  const gate = new Gate(Date.now);
  const startMs = Date.now();
  for (let i = 0; i < LIVE_GRANTS; i++) {
    const expiresAtMs = startMs + 3_600_000 + i * 1_000;
    gate.grant({ buyerKey: randomBytes(32), feedId: randomUUID(), expiresAtMs, ...WHOLE });
  }
  return gate;
}

export async function openSwarm(
  bootstrap: NodeAddress[],
  onconnection: (stream: Connection) => void,
): Promise<Hyperswarm> {
  const swarm = new Hyperswarm({ dht: new DHT({ bootstrap, host: '127.0.0.1' }) });
  swarm.on('connection', (stream) => {
    stream.on('error', () => {});
    onconnection(stream);
  });
  await swarm.listen();
  return swarm;
}

export async function fill(
  store: Corestore,
  blockBytes: number,
  blocks: number,
): Promise<Hypercore> {
  const core = store.get({ name: `${blockBytes}` });
  await core.append(Array.from({ length: blocks }, () => randomBytes(blockBytes)));
  return core;
}
