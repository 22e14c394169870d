import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import { epochKey, narrowSeeds, rootSeeds } from '../../protocol/epoch-tree.ts';
import { Keyring } from '../../protocol/keyring.ts';
import { SealError } from '../../protocol/seal-error.ts';
import { epochOfBlock, SEAL_BYTES, SealedBlocks } from '../../protocol/sealed-blocks.ts';
import { sealedStore } from '../../protocol/sealed-store.ts';
import { until } from '../seeder/loopback.ts';
import { TestStores } from '../support/stores.ts';

const root = rootSeeds(Buffer.alloc(32, 7), Buffer.from('a feed'));
const NAME = 'feed';

/** A writer's seal, and the clock it goes by. */
function writerSeal() {
  const clock = { epoch: 0 };
  const keyOf = (epoch: number) => epochKey(root, epoch);
  return { clock, seal: new SealedBlocks({ keyOf, epochNow: () => clock.epoch }) };
}

function keyringOf(first: number, last: number): Keyring {
  return new Keyring([narrowSeeds(root, first, last)!]);
}

function readerSeal(keyring: Keyring): SealedBlocks {
  return new SealedBlocks({ keyOf: (epoch) => keyring.keyOf(epoch) });
}

async function openCore(
  store: Corestore,
  key: Uint8Array | null,
  encryption?: SealedBlocks,
): Promise<Hypercore> {
  const core = store.get({
    ...(key ? { key } : { name: NAME }),
    ...(encryption && { encryption }),
  });
  await core.ready();
  return core;
}

/** What a reader sees of each block: its text, or the code of the error. */
async function readAll(core: Hypercore, length = core.length): Promise<string[]> {
  const read = async (index: number) => {
    const found = await core.get(index, { timeout: 10_000 }).catch((error) => error);
    return found instanceof SealError ? found.code : String(found);
  };
  return Promise.all(Array.from({ length }, (_, index) => read(index)));
}

async function epochsIn(core: Hypercore): Promise<(number | null)[]> {
  const raw = Array.from({ length: core.length }, (_, index) => core.get(index, { raw: true }));
  return (await Promise.all(raw)).map((block) => epochOfBlock(block!));
}

/** A copy without any key; resolves once it has every block. */
async function mirror(source: Hypercore, store: Corestore): Promise<Hypercore> {
  const copy = await openCore(store, source.key);
  copy.download({ start: 0, end: -1 });
  await until(() => copy.contiguousLength === source.length, 'the mirror has every block');
  return copy;
}

test('a reader of epochs 5 to 9 reads exactly those from a mirror that has no key', async () => {
  await using stores = new TestStores();
  const [writer, blind, reader] = [await stores.open(), await stores.open(), await stores.open()];
  const { clock, seal } = writerSeal();
  const core = await openCore(writer, null, seal);
  for (clock.epoch = 0; clock.epoch < 12; clock.epoch++)
    await core.append([Buffer.from(`${clock.epoch} a`), Buffer.from(`${clock.epoch} b`)]);
  stores.link(writer, blind);
  const ciphertext = await mirror(core, blind);
  for (let index = 0; index < core.length; index++) {
    const block = await ciphertext.get(index);
    assert.ok(!block!.includes(`${Math.floor(index / 2)} `), 'the mirror holds plain text');
  }

  stores.link(blind, reader);
  const keyring = keyringOf(5, 9);
  const copy = await openCore(reader, core.key, readerSeal(keyring));
  await until(() => copy.length === core.length, 'the reader knows the length');
  const expected = (first: number, last: number) =>
    Array.from({ length: 24 }, (_, index) => {
      const epoch = Math.floor(index / 2);
      return epoch < first || epoch > last ? 'no-key' : `${epoch} ${index % 2 ? 'b' : 'a'}`;
    });
  assert.deepEqual(await readAll(copy), expected(5, 9));

  keyring.add(narrowSeeds(root, 4, 10)!);
  assert.deepEqual(await readAll(copy), expected(4, 10));
});

test('a lapsed and a revoked reader read nothing newer, although a mirror serves them every block', async () => {
  await using stores = new TestStores();
  const [writer, blind] = [await stores.open(), await stores.open()];
  const { clock, seal } = writerSeal();
  const core = await openCore(writer, null, seal);
  stores.link(writer, blind);
  const lapsed = await stores.open();
  const revoked = await stores.open();
  for (const store of [lapsed, revoked]) stores.link(blind, store);
  // The one paid for epochs 0 to 3; the other was told of 0 to 6 and no more when he was revoked in epoch 5.
  const cores = {
    lapsed: await openCore(lapsed, core.key, readerSeal(keyringOf(0, 3))),
    revoked: await openCore(revoked, core.key, readerSeal(keyringOf(0, 6))),
  };
  for (clock.epoch = 0; clock.epoch < 20; clock.epoch++)
    await core.append(Buffer.from(`of ${clock.epoch}`));
  await mirror(core, blind);
  for (const [name, last] of [
    ['lapsed', 3],
    ['revoked', 6],
  ] as const) {
    const copy = cores[name];
    await copy.download({ start: 0, end: 20 }).done();
    assert.equal(copy.contiguousLength, 20, 'the mirror has served everything');
    const expected = Array.from({ length: 20 }, (_, at) => (at > last ? 'no-key' : `of ${at}`));
    assert.deepEqual(await readAll(copy), expected);
  }
});

test('restart, truncation and a change of epoch within a batch leave every block readable to whom it was sold', async () => {
  await using stores = new TestStores();
  let store = await stores.open();
  const first = writerSeal();
  let core = await openCore(store, null, first.seal);
  first.clock.epoch = 1;
  await core.append(['a', 'b', 'c', 'd'].map((text) => Buffer.from(text)));
  store = await stores.reopen(store);

  // Each block that is sealed finds the clock an epoch on.
  let epoch = 2;
  const keyOf = (at: number) => epochKey(root, at);
  core = await openCore(store, null, new SealedBlocks({ keyOf, epochNow: () => epoch++ }));
  await core.append(['e', 'f', 'g'].map((text) => Buffer.from(text)));
  await core.append(Buffer.from('h'));
  assert.deepEqual(await epochsIn(core), [1, 1, 1, 1, 2, 2, 2, 3]);

  await core.truncate(3);
  await core.append(['D', 'E'].map((text) => Buffer.from(text)));
  await core.append(Buffer.from('F'));
  assert.deepEqual(await epochsIn(core), [1, 1, 1, 4, 4, 5]);
  store = await stores.reopen(store);

  const read = async (from: number, to: number) => {
    const session = await openCore(store, null, readerSeal(keyringOf(from, to)));
    return readAll(session);
  };
  assert.deepEqual(await read(1, 1), ['a', 'b', 'c', 'no-key', 'no-key', 'no-key']);
  assert.deepEqual(await read(4, 4), ['no-key', 'no-key', 'no-key', 'D', 'E', 'no-key']);
  assert.deepEqual(await read(0, 9), ['a', 'b', 'c', 'D', 'E', 'F']);
});

test('blocks that replace truncated ones in the same epoch share no key stream with them', async () => {
  await using stores = new TestStores();
  const store = await stores.open();
  const core = await openCore(store, null, writerSeal().seal);
  const plain = Buffer.alloc(4_096, 1);
  await core.append(plain);
  const before = await core.get(0, { raw: true });
  await core.truncate(0);
  await core.append(plain);
  const after = await core.get(0, { raw: true });
  const [one, other] = [before!, after!].map((block) => block.subarray(SEAL_BYTES));
  const same = one!.filter((byte, at) => byte === other![at]).byteLength;
  assert.ok(same < 4_096 / 32, `${same} bytes of 4096 are the same`);
  assert.deepEqual(await core.get(0), plain);
});

test('a wrong key, another core’s and a garbled or short block give an error that says so, and never garbage', async () => {
  await using stores = new TestStores();
  const store = await stores.open();
  const { seal } = writerSeal();
  const core = await openCore(store, null, seal);
  const text = Buffer.from('a block to be garbled');
  await core.append([text, Buffer.from('')]);
  const { core: context } = core as unknown as { core: Parameters<SealedBlocks['decrypt']>[2] };
  const raw = (await core.get(0, { raw: true }))!;
  const failure = async (by: SealedBlocks, block: Uint8Array, index = 0, of = context) => {
    const copy = Buffer.from(block);
    const error = await by.decrypt(index, copy, of).then(
      () => null,
      (fault) => fault,
    );
    if (error) assert.deepEqual(copy, Buffer.from(block), 'it was decrypted before it was checked');
    return error instanceof SealError ? error.code : error;
  };
  const own = readerSeal(keyringOf(0, 0));
  assert.equal(await failure(own, raw), null);

  const other = rootSeeds(Buffer.alloc(32, 8), Buffer.from('a feed'));
  const wrong = new SealedBlocks({ keyOf: (epoch) => epochKey(other, epoch) });
  assert.equal(await failure(wrong, raw), 'broken');
  assert.equal(await failure(own, raw, 1), 'broken');
  assert.equal(await failure(own, raw, 0, { ...context, key: randomBytes(32) }), 'broken');
  for (let at = 0; at < raw.byteLength; at++) {
    const garbled = Buffer.from(raw);
    garbled[at]! ^= 1;
    const code = await failure(own, garbled);
    assert.ok(code === 'broken' || code === 'no-key', `byte ${at}: ${code}`);
  }
  for (const length of [0, 1, SEAL_BYTES - 1, raw.byteLength - 1])
    assert.equal(await failure(own, raw.subarray(0, length)), 'broken');
  assert.equal((await core.get(1))!.byteLength, 0);

  const reading = await openCore(store, null, wrong);
  const message = /^block 0, epoch 0: it is not what its writer sealed, or the key/;
  await assert.rejects(reading.get(0), { name: 'SealError', message });
  await assert.rejects(reading.append(text), { code: 'read-only' });
  assert.equal(core.length, 2);
});

test('what is appended without a key for the epoch is refused, and the core goes on as it was', async () => {
  await using stores = new TestStores();
  const store = await stores.open();
  const keyring = keyringOf(0, 3);
  const clock = { epoch: 3 };
  const keyOf = (epoch: number) => keyring.keyOf(epoch);
  const core = await openCore(
    store,
    null,
    new SealedBlocks({ keyOf, epochNow: () => clock.epoch }),
  );
  await core.append(Buffer.from('in time'));
  clock.epoch = 4;
  await assert.rejects(core.append(Buffer.from('too late')), { code: 'no-key', epoch: 4 });
  keyring.add(narrowSeeds(root, 4, 4)!);
  await core.append(Buffer.from('again'));
  assert.deepEqual(await readAll(core), ['in time', 'again']);
});

test('a Hyperbee is sealed: a batch can be read as a whole or not at all, and what was bought stays readable', async () => {
  await using stores = new TestStores();
  const [writer, reader] = [await stores.open(), await stores.open()];
  let epoch = 0;
  const keyOf = (at: number) => epochKey(root, at);
  const seal = new SealedBlocks({ keyOf, epochNow: () => epoch++ });
  const options = { keyEncoding: 'utf-8', valueEncoding: 'json' } as const;
  const bee = new Hyperbee(await openCore(writer, null, seal), options);
  await bee.put('a', 1);
  const { version } = bee;
  const batch = bee.batch();
  for (let at = 0; at < 50; at++) await batch.put(`b${at}`, at);
  await batch.flush();
  assert.equal(new Set((await epochsIn(bee.core)).slice(version)).size, 1);

  stores.link(writer, reader);
  const last = (await epochsIn(bee.core))[version - 1]!;
  const keyring = keyringOf(0, last);
  const copy = new Hyperbee(await openCore(reader, bee.core.key, readerSeal(keyring)), options);
  await until(() => copy.core.length === bee.core.length, 'the reader knows the length');
  await assert.rejects(copy.get('b7'), { code: 'no-key' });
  const then = copy.checkout(version);
  assert.equal((await then.get('a'))!.value, 1);
  assert.equal(await then.get('b7'), null);
  keyring.add(narrowSeeds(root, 0, last + 1)!);
  assert.equal((await copy.get('b7'))!.value, 7);
});

test('a Hyperdrive is sealed in both its cores', async () => {
  await using stores = new TestStores();
  const [writer, reader] = [await stores.open(), await stores.open()];
  const { clock, seal } = writerSeal();
  const drive = new Hyperdrive(sealedStore(writer.namespace(NAME), seal));
  const [early, late] = [randomBytes(200_000), randomBytes(70_000)];
  await drive.put('/early', early);
  clock.epoch = 1;
  const before = drive.version;
  await drive.put('/late', late);
  const blobs = await drive.getBlobs();
  for (const core of [drive.core, blobs.core])
    assert.ok((await epochsIn(core)).every((epoch) => epoch !== null));

  stores.link(writer, reader);
  const keyring = keyringOf(0, 0);
  const copy = new Hyperdrive(sealedStore(reader, readerSeal(keyring)), drive.key);
  await copy.ready();
  await until(() => copy.core.length === drive.core.length, 'the reader knows the length');
  await assert.rejects(copy.get('/early'), { code: 'no-key' });
  const then = copy.checkout(before);
  const hash = (bytes: Buffer | null) => createHash('sha256').update(bytes!).digest('hex');
  assert.equal(hash(await then.get('/early')), hash(early));
  keyring.add(narrowSeeds(root, 0, 1)!);
  assert.equal(hash(await copy.get('/late')), hash(late));
  await copy.close();
  await drive.close();
});
