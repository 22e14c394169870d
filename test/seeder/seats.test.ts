import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type Hypercore from 'hypercore';
import DHT, { type Connection } from 'hyperdht';
import { Gate } from '../../seeder/gate.ts';
import { SeederSwarm } from '../../seeder/swarm.ts';
import {
  news,
  openGate,
  openTestnet,
  type TestBuyer,
  type TestGate,
  until,
  WHOLE,
} from './loopback.ts';

const REFUSED_MS = 300;

async function read(core: Hypercore, index: number, timeoutMs = 10_000): Promise<string | null> {
  const block = await core.get(index, { timeout: timeoutMs }).catch(() => null);
  return block === null ? null : block.toString();
}

/** What a buyer was told last about a feed. */
function told({ said }: TestBuyer, feedId: string): string | undefined {
  return said
    .flatMap((message) => {
      if ('valid' in message) return message.valid.feedId === feedId ? ['valid'] : [];
      return message.invalid.feedId === feedId ? [message.invalid.reason] : [];
    })
    .at(-1);
}

/** A machine with the buyer's key; it says which one it is, and asks for the feed, unless it is not to. */
async function machine(
  seeder: TestGate,
  seed: Uint8Array,
  feedId: string,
  device: string | null = randomBytes(16).toString('hex'),
): Promise<TestBuyer> {
  await using closing = new AsyncDisposableStack();
  const buyer = closing.use(await seeder.buyer({ seed }));
  if (device !== null) {
    buyer.channel.hello({ minor: 0, agent: 'test', device });
    buyer.channel.subscribe({ feedId });
    await until(() => told(buyer, feedId) !== undefined, 'it is answered');
  }
  closing.move();
  return buyer;
}

async function openFeed(seeder: TestGate, maxConnections: number | null) {
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  const seed = randomBytes(32);
  const { publicKey: buyerKey } = DHT.keyPair(seed);
  const grant = (limit: number | null) =>
    seeder.gate.grant({ ...WHOLE, buyerKey, feedId, expiresAtMs: null, maxConnections: limit });
  grant(maxConnections);
  return { feedId, core, seed, buyerKey, grant };
}

test('A28 of two machines with one key the first is served, and the other once it is gone', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed } = await openFeed(seeder, 1);
  await using first = await machine(seeder, seed, feedId);
  await using second = await machine(seeder, seed, feedId);
  assert.deepEqual([told(first, feedId), told(second, feedId)], ['valid', 'too-many-connections']);
  const copy = await second.open(core.key);
  const waiting = read(copy, 5, 30_000);
  assert.equal(await read(await first.open(core.key), 3), `${feedId} 3`);
  assert.equal(copy.length, 0);
  await first[Symbol.asyncDispose]();
  assert.equal(await waiting, `${feedId} 5`);
  assert.equal(told(second, feedId), 'valid');
});

test('A28 a machine that comes back takes its own place at once, dead as its old connection may seem', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed } = await openFeed(seeder, 1);
  const device = randomBytes(16).toString('hex');
  await using old = await machine(seeder, seed, feedId, device);
  const stale = await old.open(core.key);
  assert.equal(await read(stale, 0), `${feedId} 0`);
  await using other = await machine(seeder, seed, feedId);
  await using back = await machine(seeder, seed, feedId, device);
  assert.deepEqual([told(back, feedId), told(other, feedId)], ['valid', 'too-many-connections']);
  assert.equal(await read(await back.open(core.key), 1), `${feedId} 1`);
  assert.equal(await read(stale, 2, REFUSED_MS), null, 'one of them is served, not both');
  await until(() => told(old, feedId) === 'too-many-connections', 'the old one is told');
});

test('A28 a machine that does not use the feed makes room for one that does', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed } = await openFeed(seeder, 1);
  await using idle = await machine(seeder, seed, feedId, null);
  await using busy = await machine(seeder, seed, feedId);
  assert.equal(told(busy, feedId), 'valid');
  assert.equal(await read(await idle.open(core.key), 1, REFUSED_MS), null);
  assert.equal(await read(await busy.open(core.key), 1), `${feedId} 1`);
});

test('A28 a client of Hypercore alone that reads the feed keeps its place', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed } = await openFeed(seeder, 1);
  await using plain = await machine(seeder, seed, feedId, null);
  const copy = await plain.open(core.key);
  assert.equal(await read(copy, 1), `${feedId} 1`);
  await using other = await machine(seeder, seed, feedId);
  assert.equal(told(other, feedId), 'too-many-connections');
  assert.equal(await read(copy, 2), `${feedId} 2`);
});

test('A28 more places that are bought are filled at once', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed, grant } = await openFeed(seeder, 1);
  await using first = await machine(seeder, seed, feedId);
  await using second = await machine(seeder, seed, feedId);
  await using third = await machine(seeder, seed, feedId);
  const copy = await third.open(core.key);
  assert.equal(await read(copy, 1, REFUSED_MS), null);
  grant(null);
  assert.equal(await read(copy, 1), `${feedId} 1`);
  await until(() => told(second, feedId) === 'valid', 'all are served');
  grant(1);
  await until(() => told(third, feedId) === 'too-many-connections', 'the last one waits again');
  assert.equal(told(first, feedId), 'valid');
  assert.equal(await read(copy, 9, REFUSED_MS), null);
});

test('A28 what is read over HTTP has a place like a machine’s, and shares that of one at its address', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed, buyerKey, grant } = await openFeed(seeder, 1);
  const ended: string[] = [];
  const fetches = (address: string) =>
    seeder.gate.seat(buyerKey, feedId, address, () => ended.push(address));
  await using first = await machine(seeder, seed, feedId);
  assert.equal(await read(await first.open(core.key), 0), `${feedId} 0`);
  const [at, elsewhere] = [first.connection.rawStream.remoteHost, '192.0.2.1'];
  assert.equal(fetches(elsewhere), null);
  const beside = [fetches(at), fetches(at)];
  assert.ok(beside.every((leave) => leave !== null));
  await first[Symbol.asyncDispose]();
  await until(() => seeder.gate.audience.size === 0, 'it is gone');
  assert.equal(fetches(elsewhere), null, 'what is read goes on, and counts');
  for (const leave of beside) leave?.();
  const leave = fetches(elsewhere);
  assert.ok(leave);
  await using second = await machine(seeder, seed, feedId);
  assert.equal(told(second, feedId), 'too-many-connections');
  leave();
  await until(() => told(second, feedId) === 'valid', 'the place is free');
  grant(2);
  assert.ok(fetches(elsewhere));
  grant(1);
  assert.deepEqual(ended, [elsewhere]);
  assert.equal(told(second, feedId), 'valid');
});

test('A28 of ten connections that ask over and over two are served, and no third gets a block', async () => {
  await using seeder = await openGate();
  const { feedId, core, seed } = await openFeed(seeder, 2);
  await using stack = new AsyncDisposableStack();
  const copies: Hypercore[] = [];
  const machines: TestBuyer[] = [];
  for (let i = 0; i < 10; i++) {
    const each = stack.use(await machine(seeder, seed, feedId));
    machines.push(each);
    copies.push(await each.open(core.key));
  }
  for (let round = 0; round < 20; round++) {
    for (const { channel } of machines) channel.subscribe({ feedId });
    assert.ok(core.peers.length <= 2);
  }
  const found = await Promise.all(copies.map((copy) => read(copy, 7, 1_000)));
  assert.deepEqual(
    found.map((block) => block !== null),
    [true, true, ...Array.from({ length: 8 }, () => false)],
  );
});

test('A28 machines with one key do not throw each other out, and there are no more than a bound', async () => {
  await using testnet = await openTestnet();
  const gate = new Gate(Date.now);
  const keyPair = DHT.keyPair();
  // A seller who knows the buyer's key has named it as that of his own machine.
  const isSource = (key: Uint8Array) => keyPair.publicKey.equals(key);
  const nobody = { isSource: () => false, has: () => false, onconnection() {} };
  await using swarm = new SeederSwarm({
    gate,
    greeting: nobody,
    news,
    desk: null,
    messenger: nobody,
    mirrors: { ...nobody, isSource },
    siblings: nobody,
    keyPair: DHT.keyPair(),
    bootstrap: testnet.bootstrap,
  });
  await swarm.listen();
  gate.grant({ ...WHOLE, buyerKey: keyPair.publicKey, feedId: randomUUID(), expiresAtMs: null });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => gate.close());
  const dht = new DHT({ bootstrap: testnet.bootstrap, host: '127.0.0.1' });
  closing.defer(() => dht.destroy({ force: true }));
  const open: Connection[] = [];
  const connect = async () => {
    const connection = dht.connect(swarm.key, { keyPair });
    connection.on('error', () => {});
    if (!(await connection.opened)) return;
    open.push(connection);
    connection.on('close', () => open.splice(open.indexOf(connection), 1));
  };
  await until(async () => {
    await connect();
    return open.length >= 64;
  }, '64 connections are open');
  const [first] = open;
  for (let i = 0; i < 5; i++) await connect();
  await until(() => open.length === 64 && swarm.peers === 64, 'the others are closed');
  assert.equal(open[0], first);
});
