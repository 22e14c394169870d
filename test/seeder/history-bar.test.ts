import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type Hypercore from 'hypercore';
import Protomux from 'protomux';
import { attach } from '../../seeder/attachment.ts';
import { openGate, type TestBuyer, type TestGate, until } from './loopback.ts';

const REFUSED_MS = 400;
const BLOCKS = 50;
const FROM = 30;

/** What a peer may send and hear over Hypercore's own channel, past all manners. */
interface RawPeer {
  wireRequest: { send(request: object): boolean };
  wireSync: { send(sync: object): boolean };
  wireWant: { send(range: object): boolean };
  ondata(data: RawData): Promise<void>;
  onnodata(answer: { request: number }): void;
  onrange(range: { drop: boolean; start: number; length: number }): Promise<void>;
  onbitfield(bitfield: { start: number; bitfield: Uint32Array }): void;
}

interface RawData {
  request: number;
  block: { index: number; value: Uint8Array | null } | null;
  hash: object | null;
  upgrade: object | null;
}

async function read(core: Hypercore, index: number, timeoutMs = 10_000): Promise<string | null> {
  const block = await core.get(index, { timeout: timeoutMs }).catch(() => null);
  return block === null ? null : block.toString();
}

/** A buyer with a copy of a feed, of which his grant opens the blocks from one on. */
async function openBuyer(seeder: TestGate, fromBlock: number, blocks = BLOCKS) {
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId, blocks);
  const buyer = await seeder.buyer();
  const grant = (from: number, expiresAtMs: number | null = null) =>
    seeder.gate.grant({
      buyerKey: buyer.key,
      feedId,
      expiresAtMs,
      fromBlock: from,
      maxConnections: null,
    });
  grant(fromBlock);
  const copy = await buyer.open(core.key);
  await until(() => copy.peers.length === 1, 'the core is served');
  return { feedId, core, buyer, copy, grant };
}

function rawPeer(copy: Hypercore): RawPeer {
  return copy.peers[0] as unknown as RawPeer;
}

/** All that comes for requests with numbers of one's own; the copy hears nothing of it. */
function listenRaw(copy: Hypercore) {
  const peer = rawPeer(copy);
  const data: RawData[] = [];
  const refused = new Set<number>();
  peer.ondata = async (each) => void data.push(each);
  peer.onnodata = ({ request }) => void refused.add(request);
  return { peer, data, refused };
}

function saidFrom({ said }: TestBuyer): number[] {
  return said.flatMap((message) =>
    'valid' in message ? message.valid.cores.map(({ fromBlock }) => fromBlock) : [],
  );
}

test('a grant of part of the history opens that part, and what is appended later', async () => {
  await using seeder = await openGate();
  const { core, buyer, copy, feedId } = await openBuyer(seeder, FROM);
  await using _ = buyer;
  const told: number[] = [];
  const { onrange } = rawPeer(copy);
  rawPeer(copy).onrange = (range) => {
    if (!range.drop) told.push(range.start);
    return onrange.call(rawPeer(copy), range);
  };
  assert.equal(await read(copy, FROM), `${feedId} ${FROM}`);
  assert.equal(copy.length, BLOCKS);
  await core.append(Buffer.from('later'));
  await copy.download({ start: FROM, end: BLOCKS + 1 }).done();
  assert.equal(await read(copy, BLOCKS), 'later');
  assert.equal(await read(copy, FROM - 1, REFUSED_MS), null);
  assert.equal(await read(copy, 0, REFUSED_MS), null);
  assert.ok(
    told.every((start) => start >= FROM),
    'it is not told of others',
  );
  assert.deepEqual(new Set(saidFrom(buyer)), new Set([FROM]));
});

test('a client that asks for all of it gets what it may have', async () => {
  await using seeder = await openGate();
  const { buyer, copy } = await openBuyer(seeder, FROM);
  await using _ = buyer;
  copy.download({ start: 0, end: -1 });
  copy.download({ start: 0, end: BLOCKS, linear: true });
  await until(async () => {
    for (let i = FROM; i < BLOCKS; i++) if (!(await copy.has(i))) return false;
    return true;
  }, 'its part arrives');
  for (let i = 0; i < FROM; i++) assert.equal(await copy.has(i), false);
});

test('a hostile client gets no older block, however it asks, and an answer each time', async () => {
  await using seeder = await openGate();
  const { buyer, copy, feedId } = await openBuyer(seeder, FROM);
  await using _ = buyer;
  await read(copy, FROM);
  const { peer, data, refused } = listenRaw(copy);
  const ask = { fork: 0, block: null, hash: null, seek: null, upgrade: null, priority: 0 };
  const upgrade = { start: 0, length: BLOCKS };
  let id = 1_000;
  const barred: number[] = [];
  for (let index = 0; index < FROM; index++) {
    const block = { index, nodes: 0 };
    const ways = [
      { block },
      { block: { index, nodes: 2 } },
      { block, priority: 2 },
      { block, upgrade },
      { block, manifest: false, hash: { index: 2 * index, nodes: 0 } },
      { block, seek: { bytes: 3, padding: 0 } },
    ];
    for (const way of ways) {
      barred.push(id);
      peer.wireRequest.send({ ...ask, ...way, id: id++ });
    }
  }
  // It says that it takes pushes, and wants to hear of every block.
  const sync = { fork: 0, length: 0, remoteLength: 0, canUpgrade: true, uploading: true };
  peer.wireSync.send({ ...sync, downloading: true, hasManifest: true, allowPush: true });
  peer.wireWant.send({ start: 0, length: 1_024, any: false });
  const hashes = [id++, id++];
  peer.wireRequest.send({ ...ask, id: hashes[0], hash: { index: 0, nodes: 0 } });
  peer.wireRequest.send({ ...ask, id: hashes[1], seek: { bytes: 10, padding: 0 }, upgrade });
  const last = id++;
  peer.wireRequest.send({ ...ask, id: last, block: { index: FROM + 1, nodes: 0 } });
  await until(() => data.some(({ request }) => request === last), 'the last answer arrives');
  await until(() => barred.every((each) => refused.has(each)), 'each is answered');
  const blocks = data.flatMap(({ block }) => block ?? []);
  assert.deepEqual(
    blocks.map(({ index, value }) => [index, Buffer.from(value!).toString()]),
    [[FROM + 1, `${feedId} ${FROM + 1}`]],
  );
  assert.ok(
    data.some(({ request, hash }) => request === hashes[0] && hash),
    'hashes of the tree go',
  );
});

test('a longer history opens on the stream that is there, also to what was asked for before', async () => {
  await using seeder = await openGate();
  const { buyer, copy, feedId, grant } = await openBuyer(seeder, FROM);
  await using _ = buyer;
  await read(copy, FROM);
  const asked = read(copy, 10);
  grant(5);
  assert.equal(await asked, `${feedId} 10`);
  assert.equal(await read(copy, 4, REFUSED_MS), null);
  grant(0);
  assert.equal(await read(copy, 0), `${feedId} 0`);
  assert.equal(buyer.connection.destroyed, false);
});

test('requests that are under way while a grant ends and a shorter one begins get nothing older', async () => {
  await using seeder = await openGate();
  const { buyer, copy, feedId, grant } = await openBuyer(seeder, 0, 2_000);
  await using _ = buyer;
  const ask = { fork: 0, hash: null, seek: null, upgrade: null, priority: 0 };
  const late: number[] = [];
  for (let round = 0; round < 20; round++) {
    await until(() => saidFrom(buyer).at(-1) === 0 && copy.peers.length === 1, 'all is open');
    const peer = rawPeer(copy);
    const bar = 1_000 + round;
    let received = 0;
    const ondata = async ({ block }: RawData) => {
      received++;
      if (block && block.index < bar && saidFrom(buyer).at(-1) === bar) late.push(block.index);
    };
    peer.ondata = ondata;
    for (let i = 0; i < 900; i++) {
      peer.wireRequest.send({ ...ask, id: 10_000 + i, block: { index: i, nodes: 0 } });
    }
    await until(() => received > round * 10, 'blocks are on their way');
    if (round % 2 === 0) seeder.gate.revoke(buyer.key, feedId, 'revoked');
    grant(bar);
    await until(() => copy.peers.length === 1 && rawPeer(copy) !== peer, 'it is opened anew');
    const next = rawPeer(copy);
    const isRefused = new Promise<void>((resolve) => {
      next.onnodata = ({ request }) => request === 20_000 && resolve();
    });
    next.ondata = ondata;
    next.wireRequest.send({ ...ask, id: 20_000, block: { index: 7, nodes: 0 } });
    await isRefused;
    grant(0);
  }
  assert.deepEqual(late, []);
});

test('of a copy with gaps a peer is told of the blocks he may have, and of no other', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId, 100);
  await core.clear(40);
  await using buyer = await seeder.buyer();
  const bits: number[] = [];
  const grant = { buyerKey: buyer.key, feedId, expiresAtMs: null, maxConnections: null };
  seeder.gate.grant({ ...grant, fromBlock: 37 });
  const copy = await buyer.open(core.key);
  await until(() => copy.peers.length === 1, 'the core is served');
  const peer = rawPeer(copy);
  const { onbitfield } = peer;
  peer.onbitfield = (message) => {
    for (let i = 0; i < message.bitfield.length * 32; i++) {
      if (message.bitfield[i >>> 5]! & (1 << (i & 31))) bits.push(message.start + i);
    }
    onbitfield.call(peer, message);
  };
  peer.wireWant.send({ start: 0, length: 100, any: false });
  await until(() => bits.length > 0, 'the bitfield arrives');
  const wanted = Array.from({ length: 100 }, (_, i) => i).filter((i) => i >= 37 && i !== 40);
  assert.deepEqual(
    bits.filter((bit) => bit < 100),
    wanted,
  );
  assert.equal(await read(copy, 99), `${feedId} 99`);
  assert.equal(await read(copy, 36, REFUSED_MS), null);
});

test('whoever is served the whole core for another reason is not kept from any of it', async () => {
  await using seeder = await openGate();
  const { core, buyer, copy, feedId } = await openBuyer(seeder, FROM);
  await using _ = buyer;
  attach(core, Protomux.from(seeder.connections[0]!));
  assert.equal(await read(copy, 1), `${feedId} 1`);
});
