import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type Hypercore from 'hypercore';
import DHT from 'hyperdht';
import Protomux from 'protomux';
import { frames } from '../protocol/streams.ts';
import { connectBuyer, openGate, type TestBuyer, until, WHOLE } from './loopback.ts';

// Long enough for anything in flight on loopback to arrive, also on a busy machine.
const QUIET_MS = 150;
const REFUSED_MS = 400;

/** What a peer may send over Hypercore's own channel, past all manners. */
interface RawPeer {
  readonly protomux: Protomux;
  readonly wireRequest: { send(request: object): boolean };
  readonly wireSync: { send(sync: object): boolean };
  readonly wireRange: { send(range: object): boolean };
  readonly wireBitfield: { send(bitfield: object): boolean };
}

/** Asks for the blocks 1 to 40 over and over, in one frame. */
function askForBlocks({ protomux, wireRequest }: RawPeer, requests: number): void {
  const ask = { fork: 0, hash: null, seek: null, upgrade: null, manifest: false, priority: 0 };
  protomux.cork();
  for (let i = 0; i < requests; i++) {
    wireRequest.send({ ...ask, id: 1_000 + i, block: { index: 1 + (i % 40), nodes: 0 } });
  }
  protomux.uncork();
}

async function read(core: Hypercore, index: number, timeoutMs = 10_000): Promise<string | null> {
  const block = await core.get(index, { timeout: timeoutMs }).catch(() => null);
  return block === null ? null : block.toString();
}

function heard(buyer: TestBuyer, feedId: string): string[] {
  return buyer.said.flatMap((message) => {
    if ('valid' in message) return message.valid.feedId === feedId ? ['valid'] : [];
    return message.invalid.feedId === feedId ? [message.invalid.reason] : [];
  });
}

function inMs(ms: number): number {
  return Date.now() + ms;
}

test('a granted key reads the feed and is told until when', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  const expiresAtMs = inMs(60_000);
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs, ...WHOLE });
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 7), `${feedId} 7`);
  await until(() => buyer.said.length > 0, 'valid arrives');
  const [first] = buyer.said;
  assert.ok(first && 'valid' in first);
  assert.equal(first.valid.expiresAtMs, expiresAtMs);
  const key = core.key.toString('hex');
  assert.deepEqual(first.valid.cores, [{ role: 'data', key, fromBlock: 0 }]);
});

test('A23: revoked while downloading, a peer is cut at once and its other feeds go on', async () => {
  await using seeder = await openGate();
  const [cutId, keptId] = [randomUUID(), randomUUID()];
  const [cut, kept] = [await seeder.addFeed(cutId, 20_000), await seeder.addFeed(keptId)];
  await using buyer = await seeder.buyer();
  for (const feedId of [cutId, keptId]) {
    seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
  }
  const copy = await buyer.open(cut.key);
  let blocks = 0;
  copy.on('download', () => blocks++);
  copy.download({ start: 0, end: 20_000 });
  await until(() => blocks > 100, 'the download runs');
  seeder.gate.revoke(buyer.key, cutId, 'revoked');
  await until(() => heard(buyer, cutId).includes('revoked'), 'invalid arrives');
  await sleep(QUIET_MS);
  const afterCut = blocks;
  await cut.append(Buffer.from('after the cut'));
  await sleep(QUIET_MS);
  assert.equal(blocks, afterCut);
  assert.ok(blocks < 20_000);
  assert.equal(copy.length, 20_000);
  const other = await buyer.open(kept.key);
  assert.equal(await read(other, 3), `${keptId} 3`);
  assert.equal(buyer.connection.destroyed, false);
});

test('A24: a grant ends by the gate alone, on time, with nobody telling it', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  const expiresAtMs = inMs(700);
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs, ...WHOLE });
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 0), `${feedId} 0`);
  await until(() => heard(buyer, feedId).includes('expired'), 'the end arrives');
  assert.ok(Date.now() >= expiresAtMs);
  assert.equal(core.peers.length, 0);
  assert.equal(await read(copy, 1, REFUSED_MS), null);
});

test('A25: a peer with the core key and no grant gets no block and no length', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 0, REFUSED_MS), null);
  assert.equal(copy.length, 0);
  assert.equal(copy.peers.length, 0);
  buyer.channel.subscribe({ feedId });
  await until(() => heard(buyer, feedId).includes('no-grant'), 'the refusal arrives');
});

test('A25: a peer that opens the channel itself a thousand times gets nothing', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer({ replicate: false });
  const mux = Protomux.from(buyer.connection);
  let openings = 0;
  let messages = 0;
  const count = { ...rawEncoding, decode: () => messages++ };
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const channel = mux.createChannel({
      protocol: attempt % 3 === 0 ? 'hypercore' : 'hypercore/alpha',
      id: core.discoveryKey,
      unique: false,
      onopen: () => openings++,
    });
    assert.ok(channel);
    for (let type = 0; type < 10; type++) channel.addMessage({ encoding: count });
    channel.open();
    await Promise.race([channel.fullyOpened(), channel.fullyClosed()]);
  }
  assert.deepEqual(
    { openings, messages, peers: core.peers.length },
    { openings: 0, messages: 0, peers: 0 },
  );
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: null, ...WHOLE });
  await until(() => heard(buyer, feedId).includes('valid'), 'the paying peer is let in');
});

test('A25: a peer that was cut and reattaches its core over and over gets nothing more', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 0), `${feedId} 0`);
  seeder.gate.revoke(buyer.key, feedId, 'revoked');
  const mux = Protomux.from(buyer.connection);
  const wanted = copy.get(1, { timeout: 2_000 }).catch(() => null);
  for (let attempt = 0; attempt < 200; attempt++) {
    copy.core.replicator.detachFrom(mux);
    copy.core.replicator.attachTo(mux);
    await sleep(1);
  }
  assert.equal(await wanted, null);
  assert.equal(core.peers.length, 0);
  assert.equal(buyer.connection.destroyed, false);
});

test('A27: what a peer claims to have and asks for at once takes a bounded part of the seeder', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId, 1);
  const blockBytes = 256 * 1024;
  await core.append(Array.from({ length: 40 }, () => randomBytes(blockBytes)));
  await using liar = await seeder.buyer();
  await using other = await seeder.buyer();
  for (const { key: buyerKey } of [liar, other]) {
    seeder.gate.grant({ buyerKey, feedId, expiresAtMs: null, ...WHOLE });
  }
  const copy = await liar.open(core.key);
  assert.equal(await read(copy, 0), `${feedId} 0`);
  const peer = copy.peers[0] as unknown as RawPeer;
  const heldBefore = process.memoryUsage().arrayBuffers;
  peer.wireRange.send({ drop: false, start: 1, length: 2 ** 40 });
  const bitfield = new Uint32Array(1);
  for (let i = 1; i <= 10_000; i++) {
    peer.wireRange.send({ drop: false, start: i * 2 ** 21, length: 1 });
    peer.wireBitfield.send({ start: i * 2 ** 21, bitfield });
  }
  assert.equal(await read(await other.open(core.key), 0), `${feedId} 0`);
  assert.ok(process.memoryUsage().arrayBuffers - heldBefore < 64 * 1024 * 1024);

  let sent = 0;
  core.on('upload', () => sent++);
  liar.connection.pause();
  askForBlocks(peer, 2_000);
  assert.equal(await read(await other.open(core.key), 1).then((block) => block !== null), true);
  await sleep(QUIET_MS);
  assert.ok(sent * blockBytes < 128 * 1024 * 1024, `${sent} blocks were read`);
  askForBlocks(peer, 5_000);
  await until(() => seeder.connections[0]!.destroyed, 'whoever asks for ever more is left');

  const othersCopy = await other.open(core.key);
  const { wireSync } = othersCopy.peers[0] as unknown as RawPeer;
  const sync = {
    length: 0,
    remoteLength: 0,
    canUpgrade: false,
    uploading: true,
    downloading: true,
  };
  for (let i = 1; i <= 20; i++) {
    wireSync.send({ ...sync, fork: i, hasManifest: true, allowPush: false });
  }
  await until(() => seeder.connections[1]!.destroyed, 'and whoever speaks of ever more histories');
});

test('a peer that goes on asking and does not read is left', async () => {
  await using seeder = await openGate();
  await using buyer = await seeder.buyer({ replicate: false });
  const [near, far] = [buyer.connection, seeder.connections[0]!];
  const said = Buffer.alloc(64 * 1024);
  const echoing = Protomux.from(far).createChannel({ protocol: 'echo' })!;
  const answer = echoing.addMessage({ encoding: frames, onmessage: () => void answer.send(said) });
  const asking = Protomux.from(near).createChannel({ protocol: 'echo' })!;
  const ask = asking.addMessage({ encoding: frames });
  echoing.open();
  asking.open();
  await Promise.all([echoing.fullyOpened(), asking.fullyOpened()]);
  near.pause();
  await until(() => {
    for (let i = 0; i < 100; i++) ask.send(Buffer.alloc(1));
    return far.destroyed;
  }, 'it is left');
});

test('A26: a grant for one feed opens no other on the same connection', async () => {
  await using seeder = await openGate();
  const [paidId, otherId] = [randomUUID(), randomUUID()];
  const [paid, other] = [await seeder.addFeed(paidId), await seeder.addFeed(otherId)];
  await using buyer = await seeder.buyer();
  seeder.gate.grant({ buyerKey: buyer.key, feedId: paidId, expiresAtMs: inMs(60_000), ...WHOLE });
  const [paidCopy, otherCopy] = [await buyer.open(paid.key), await buyer.open(other.key)];
  assert.equal(await read(paidCopy, 1), `${paidId} 1`);
  buyer.channel.subscribe({ feedId: otherId });
  assert.equal(await read(otherCopy, 1, REFUSED_MS), null);
  assert.equal(otherCopy.length, 0);
  assert.deepEqual(heard(buyer, otherId), ['no-grant']);
});

test('a grant and its revocation right after it leave nothing open, at any distance', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId, 20_000);
  await using buyer = await seeder.buyer();
  const copy = await buyer.open(core.key);
  let blocks = 0;
  copy.on('download', () => blocks++);
  copy.download({ start: 0, end: 20_000 });
  const distances: Record<string, () => Promise<unknown>> = {
    sync: () => Promise.resolve(),
    microtask: async () => null,
    immediate: () => setImmediate(),
    '1 ms': () => sleep(1),
    '3 ms': () => sleep(3),
  };
  const leaks: string[] = [];
  for (const [name, pause] of Object.entries(distances)) {
    for (let trial = 0; trial < 40; trial++) {
      seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
      if (name !== 'sync') await pause();
      seeder.gate.revoke(buyer.key, feedId, 'revoked');
      await sleep(8);
      const settled = blocks;
      await sleep(12);
      if (core.peers.length > 0 || blocks > settled) leaks.push(`${name} ${trial}`);
    }
  }
  assert.deepEqual(leaks, []);
});

test('a grant before the connection is up and revoked as it comes up leaves nothing open', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  for (let trial = 0; trial < 10; trial++) {
    const seed = randomBytes(32);
    const key = keyOf(seed);
    seeder.gate.grant({ buyerKey: key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
    seeder.swarm.once('connection', () => seeder.gate.revoke(key, feedId, 'revoked'));
    await using buyer = await seeder.buyer({ seed });
    const copy = await buyer.open(core.key);
    assert.equal(await read(copy, 0, 60), null);
    assert.equal(core.peers.length, 0);
  }
});

test('an extension while connected moves the end and interrupts nothing', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: inMs(400), ...WHOLE });
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 0), `${feedId} 0`);
  let removed = 0;
  copy.on('peer-remove', () => removed++);
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
  await sleep(600);
  assert.equal(await read(copy, 1), `${feedId} 1`);
  assert.equal(removed, 0);
  assert.deepEqual(heard(buyer, feedId), ['valid', 'valid']);
});

test('whoever pays again on the same connection is served again', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  const copy = await buyer.open(core.key);
  for (let round = 0; round < 3; round++) {
    seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
    assert.equal(await read(copy, 2 * round), `${feedId} ${2 * round}`);
    seeder.gate.revoke(buyer.key, feedId, 'revoked');
    assert.equal(await read(copy, 2 * round + 1, REFUSED_MS), null);
  }
});

test('a grant for a feed whose cores come later is served when they come', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  await using buyer = await seeder.buyer();
  seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: null, ...WHOLE });
  buyer.channel.subscribe({ feedId });
  const core = await seeder.addFeed(feedId);
  assert.equal(await read(await buyer.open(core.key), 4), `${feedId} 4`);
  assert.deepEqual(heard(buyer, feedId), ['valid']);
});

test('replacing what is known ends what is no longer listed and leaves the rest untouched', async () => {
  await using seeder = await openGate();
  const [goneId, keptId] = [randomUUID(), randomUUID()];
  const [, kept] = [await seeder.addFeed(goneId), await seeder.addFeed(keptId)];
  await using buyer = await seeder.buyer();
  const expiresAtMs = inMs(60_000);
  const keptGrant = { buyerKey: buyer.key, feedId: keptId, expiresAtMs, ...WHOLE };
  seeder.gate.replace([{ buyerKey: buyer.key, feedId: goneId, expiresAtMs, ...WHOLE }, keptGrant]);
  seeder.gate.replace([keptGrant]);
  assert.equal(await read(await buyer.open(kept.key), 0), `${keptId} 0`);
  await until(() => heard(buyer, goneId).length === 2, 'the ended one is told');
  assert.deepEqual(heard(buyer, goneId), ['valid', 'revoked']);
  assert.deepEqual(heard(buyer, keptId), ['valid']);
  assert.equal(seeder.gate.size, 1);
});

test('before it knows the grants, the gate keeps whoever asks waiting instead of refusing', async () => {
  await using seeder = await openGate();
  const [paidId, unpaidId] = [randomUUID(), randomUUID()];
  await seeder.addFeed(paidId);
  seeder.gate.holdAnswers();
  await using buyer = await seeder.buyer();
  for (const feedId of [paidId, unpaidId]) buyer.channel.subscribe({ feedId });
  await sleep(QUIET_MS);
  assert.deepEqual(buyer.said, []);
  seeder.gate.replace([{ buyerKey: buyer.key, feedId: paidId, expiresAtMs: null, ...WHOLE }]);
  await until(() => heard(buyer, unpaidId).length > 0, 'the answers come');
  assert.ok(heard(buyer, paidId).every((word) => word === 'valid'));
  assert.deepEqual(heard(buyer, unpaidId), ['no-grant']);
});

test('a second connection of the same key is served and cut like the first', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  const seed = randomBytes(32);
  await using first = await seeder.buyer({ seed });
  seeder.gate.grant({ buyerKey: first.key, feedId, expiresAtMs: inMs(60_000), ...WHOLE });
  await using second = await connectBuyer(seeder.bootstrap, seeder.key, { seed });
  assert.equal(await read(await second.open(core.key), 0), `${feedId} 0`);
  seeder.gate.revoke(first.key, feedId, 'revoked');
  await until(() => heard(second, feedId).includes('revoked'), 'the cut is told');
  assert.equal(core.peers.length, 0);
});

const rawEncoding = { preencode() {}, encode() {} };

function keyOf(seed: Uint8Array): Buffer {
  return DHT.keyPair(seed).publicKey;
}
