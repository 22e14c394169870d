import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import type { ReplicatorPeer } from 'hypercore';
import crypto, { type KeyPair } from 'hypercore-crypto';
import { attributeCopy } from '../../protocol/attribute-copy.ts';
import { copyKey, copyManifest } from '../../protocol/copy-manifest.ts';
import {
  openGate,
  type TestBuyer,
  type TestGate,
  temporaryDirectory,
  until,
  WHOLE,
} from './loopback.ts';

const REFUSED_MS = 400;
const BUYERS = 12;

/** A feed of 50 blocks whose buyers are served copies of their own. */
async function addUniqueFeed(seeder: TestGate) {
  const feedId = randomUUID();
  const base = await seeder.addFeed(feedId);
  const signer = crypto.keyPair();
  seeder.gate.setCores(feedId, [{ role: 'data', core: base }], null, signer);
  const keyOf = (buyer: TestBuyer) => keyFor(signer, base, buyer);
  const admit = (buyer: TestBuyer, fromBlock = 0) =>
    seeder.gate.grant({ ...WHOLE, buyerKey: buyer.key, feedId, expiresAtMs: null, fromBlock });
  return { feedId, base, signer, keyOf, admit };
}

function keyFor({ publicKey }: KeyPair, base: Hypercore, { key }: TestBuyer): Buffer {
  return copyKey({ signer: publicKey, coreKey: base.key, buyerKey: key });
}

async function read(core: Hypercore, index: number, timeout = 10_000): Promise<string | null> {
  const block = await core.get(index, { timeout }).catch(() => null);
  return block === null ? null : block.toString();
}

async function contents(core: Hypercore): Promise<string[]> {
  const all = Array.from({ length: core.length }, (_, index) => core.get(index));
  return (await Promise.all(all)).map(String);
}

async function opensNothing(buyer: TestBuyer, key: Uint8Array): Promise<void> {
  const core = await buyer.open(key);
  assert.equal(await read(core, 0, REFUSED_MS), null);
  assert.deepEqual([core.length, core.peers.length], [0, 0]);
}

test('many buyers at once have the same data, each under a key of his own, while it grows', async () => {
  await using seeder = await openGate();
  await using buyers = new AsyncDisposableStack();
  const { base, keyOf, admit } = await addUniqueFeed(seeder);
  const copies: Hypercore[] = [];
  for (let n = 0; n < BUYERS; n++) {
    const buyer = buyers.use(await seeder.buyer());
    admit(buyer);
    const copy = await buyer.open(keyOf(buyer));
    copy.download({ start: 0, end: -1 });
    copies.push(copy);
    const size = randomInt(1, 40);
    await base.append(Array.from({ length: size }, () => randomBytes(randomInt(1, 3_000))));
  }
  for (let n = 0; n < 40; n++) await base.append(Buffer.from(`late ${n}`));
  const isWhole = (copy: Hypercore) => copy.contiguousLength === base.length;
  await until(() => copies.every(isWhole), 'all have all of it');
  const all = await contents(base);
  for (const copy of copies) {
    assert.deepEqual(await contents(copy), all);
    assert.deepEqual(await copy.treeHash(), await base.treeHash());
  }
  const keys = [base, ...copies].map(({ key }) => key.toString('hex'));
  assert.equal(new Set(keys).size, BUYERS + 1);
});

test('a buyer is told of his copy’s key, and neither the feed’s own nor another’s opens anything to him', async () => {
  await using seeder = await openGate();
  const { base, keyOf, admit } = await addUniqueFeed(seeder);
  await using ann = await seeder.buyer();
  await using bob = await seeder.buyer();
  await using nobody = await seeder.buyer();
  for (const buyer of [ann, bob]) {
    admit(buyer);
    assert.equal(await read(await buyer.open(keyOf(buyer)), 7), await read(base, 7));
    const [first] = buyer.said;
    assert.ok(first && 'valid' in first);
    const key = keyOf(buyer).toString('hex');
    assert.deepEqual(first.valid.cores, [{ role: 'data', key, fromBlock: 0 }]);
  }
  await opensNothing(ann, base.key);
  await opensNothing(ann, keyOf(bob));
  await opensNothing(nobody, base.key);
  await opensNothing(nobody, keyOf(nobody));
  await opensNothing(nobody, keyOf(ann));
});

test('A23: one is cut and others go on; granted again, he goes on with the same copy, also when he comes anew', async () => {
  await using seeder = await openGate();
  const { feedId, base, keyOf, admit } = await addUniqueFeed(seeder);
  const seed = randomBytes(32);
  await using ann = await seeder.buyer({ seed });
  await using bob = await seeder.buyer();
  for (const buyer of [ann, bob]) admit(buyer);
  const [hers, his] = [await ann.open(keyOf(ann)), await bob.open(keyOf(bob))];
  for (const copy of [hers, his]) assert.notEqual(await read(copy, 0), null);
  seeder.gate.revoke(ann.key, feedId, 'revoked');
  await until(() => ann.said.some((each) => 'invalid' in each), 'the end is told');
  await base.append(Buffer.from('after the end'));
  assert.equal(await read(his, 50), 'after the end');
  assert.equal(await read(hers, 1, REFUSED_MS), null);
  assert.equal(hers.length, 50);

  admit(ann);
  assert.equal(await read(hers, 50), 'after the end');
  ann.connection.destroy();
  await until(() => seeder.gate.audience.get(feedId) === 1, 'she has left');
  await using again = await seeder.buyer({ seed });
  assert.deepEqual(keyOf(again), hers.key);
  const copy = await again.open(hers.key);
  await base.append(Buffer.from('when she is back'));
  assert.equal(await read(copy, 51), 'when she is back');
});

test('the past that a plan leaves out stays closed', async () => {
  await using seeder = await openGate();
  const { keyOf, admit } = await addUniqueFeed(seeder);
  await using buyer = await seeder.buyer();
  admit(buyer, 30);
  const copy = await buyer.open(keyOf(buyer));
  assert.notEqual(await read(copy, 30), null);
  assert.equal(await read(copy, 29, REFUSED_MS), null);
  admit(buyer, 20);
  assert.notEqual(await read(copy, 29), null);
});

test('of a feed that is open to all, everybody who asks has a copy of his own', async () => {
  await using seeder = await openGate();
  const { feedId, base, keyOf } = await addUniqueFeed(seeder);
  seeder.gate.openFeeds(new Set([feedId]));
  await using ann = await seeder.buyer();
  await using bob = await seeder.buyer();
  for (const buyer of [ann, bob]) {
    buyer.channel.subscribe({ feedId });
    assert.equal(await read(await buyer.open(keyOf(buyer)), 9), await read(base, 9));
  }
  await opensNothing(ann, keyOf(bob));
  seeder.gate.openFeeds(new Set());
  await until(() => ann.said.some((each) => 'invalid' in each), 'the end is told');
  assert.equal(await read(await ann.open(keyOf(ann)), 10, REFUSED_MS), null);
});

test('two machines with one key have one copy, and one goes on when the other leaves', async () => {
  await using seeder = await openGate();
  const { feedId, base, keyOf, admit } = await addUniqueFeed(seeder);
  const seed = randomBytes(32);
  await using home = await seeder.buyer({ seed });
  await using away = await seeder.buyer({ seed });
  admit(home);
  const [here, there] = [await home.open(keyOf(home)), await away.open(keyOf(away))];
  for (const copy of [here, there]) assert.notEqual(await read(copy, 0), null);
  assert.deepEqual(here.key, there.key);
  away.connection.destroy();
  await until(() => seeder.connections.some(({ destroyed }) => destroyed), 'one has left');
  await base.append(Buffer.from('for the other'));
  assert.equal(await read(here, 50), 'for the other');
  assert.equal(seeder.gate.audience.get(feedId), 1);
});

test('when the core is truncated and written anew, copies follow', async () => {
  await using seeder = await openGate();
  const { base, keyOf, admit } = await addUniqueFeed(seeder);
  await using buyer = await seeder.buyer();
  admit(buyer);
  const copy = await buyer.open(keyOf(buyer));
  assert.notEqual(await read(copy, 49), null);
  await base.truncate(40);
  await base.append([Buffer.from('another'), Buffer.from('history')]);
  await until(() => copy.fork === base.fork && copy.length === 42, 'the copy follows');
  assert.equal(await read(copy, 41), 'history');
  assert.deepEqual(await copy.treeHash(), await base.treeHash());
});

test('nothing that a peer sends is taken from him', async () => {
  await using seeder = await openGate();
  const { base, keyOf, admit } = await addUniqueFeed(seeder);
  await using liar = await seeder.buyer();
  await using buyer = await seeder.buyer();
  for (const each of [liar, buyer]) admit(each);
  const copy = await liar.open(keyOf(liar));
  assert.notEqual(await read(copy, 0), null);
  type Wire = { wireSync: Sender; wireData: Sender; wireRange: Sender };
  type Sender = { send(message: object): void };
  const peer = copy.peers[0] as ReplicatorPeer & Wire;
  const nothing = { block: null, hash: null, seek: null, manifest: null };
  const signature = Buffer.alloc(64);
  for (const fork of [0, 1, 9]) {
    const claims = { canUpgrade: true, uploading: true, downloading: true, hasManifest: true };
    const length = 1_000_000;
    peer.wireSync.send({ fork, length, remoteLength: 0, allowPush: false, ...claims });
    peer.wireRange.send({ drop: false, start: 0, length });
    const upgrade = { start: 0, length: 60, nodes: [], additionalNodes: [], signature };
    peer.wireData.send({ request: 0, fork, upgrade, ...nothing });
  }
  await base.append(Buffer.from('as ever'));
  assert.equal(await read(await buyer.open(keyOf(buyer)), 50), 'as ever');
  assert.deepEqual([base.length, base.fork], [51, 0]);
});

test('a copy that was passed on says whose it was, and no forged one does', async () => {
  await using seeder = await openGate();
  const { base, signer, keyOf, admit } = await addUniqueFeed(seeder);
  await using leaker = await seeder.buyer();
  admit(leaker);
  const copy = await leaker.open(keyOf(leaker));
  assert.notEqual(await read(copy, 3), null);
  const of = { signer: signer.publicKey, coreKey: base.key };

  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const [from, to] = [leaker.store.replicate(true), store.replicate(false)];
  from.pipe(to).pipe(from);
  const leaked = store.get({ key: copy.key });
  assert.equal(await read(leaked, 3), await read(base, 3));
  assert.deepEqual(await attributeCopy(leaked, of), leaker.key);
  assert.equal(await attributeCopy(leaked, { ...of, coreKey: randomBytes(32) }), null);
  assert.equal(await attributeCopy(base, of), null);

  const victim = randomBytes(32);
  const forger = crypto.keyPair();
  const forged = { signer: forger.publicKey, coreKey: base.key, buyerKey: victim };
  const theirs = store.get({ manifest: copyManifest(forged), keyPair: forger });
  await theirs.append(Buffer.from('never bought'));
  assert.equal(await attributeCopy(theirs, of), null);
  const unsigned = store.get({ manifest: copyManifest({ ...forged, signer: signer.publicKey }) });
  await unsigned.ready();
  assert.equal(await attributeCopy(unsigned, of), null);
  for (const each of [from, to]) each.destroy();
  await store.close();
});
