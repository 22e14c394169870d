import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import {
  openGate,
  type TestBuyer,
  type TestGate,
  temporaryDirectory,
  until,
  WHOLE,
} from './loopback.ts';

const REFUSED_MS = 400;
const KIB = 1024;
const FILE_BYTES = 64 * KIB;
const FILES = 60;
const BLOCKS = 40_000;
const BLOCK_BYTES = 256;
// Lengths, proofs and keepalives: what comes with blocks.
const BESIDES = 24 * KIB;
const JSON_VALUES = { keyEncoding: 'utf-8', valueEncoding: 'json' } as const;

/** A gate, a buyer, and a store of what is served. */
async function openPlace() {
  await using stack = new AsyncDisposableStack();
  const seeder: TestGate = stack.use(await openGate());
  const directory = stack.use(await temporaryDirectory());
  const store = stack.adopt(new Corestore(directory.path), (each) => each.close());
  const buyer: TestBuyer = stack.use(await seeder.buyer());
  const owned = stack.move();
  const feedId = randomUUID();
  return {
    seeder,
    store,
    buyer,
    serve(cores: Record<string, Hypercore>) {
      const served = Object.entries(cores).map(([role, core]) => ({ role, core }));
      seeder.gate.setCores(feedId, served);
    },
    grant() {
      const expiresAtMs = Date.now() + 600_000;
      seeder.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs, ...WHOLE });
    },
    revoke: () => seeder.gate.revoke(buyer.key, feedId, 'revoked'),
    /** How many bytes of the stream the buyer received while that went on. */
    async received(work: () => Promise<void>): Promise<number> {
      const before = buyer.connection.rawBytesRead;
      await work();
      return buyer.connection.rawBytesRead - before;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openDrive(store: Corestore): Promise<{ drive: Hyperdrive; blobs: Hypercore }> {
  const drive = new Hyperdrive(store.namespace('a drive'));
  await drive.ready();
  const { core: blobs } = await drive.getBlobs();
  return { drive, blobs };
}

async function copyOf({ store }: TestBuyer, { key }: Hyperdrive): Promise<Hyperdrive> {
  const copy = new Hyperdrive(store.namespace('bought'), key);
  await copy.ready();
  return copy;
}

async function within<T>(promise: Promise<T>, ms = REFUSED_MS): Promise<T | null> {
  return Promise.race([promise.catch(() => null), sleep(ms, null)]);
}

test('A25: a Hyperdrive’s names and contents come with one grant, and neither without', async () => {
  await using place = await openPlace();
  const { drive, blobs } = await openDrive(place.store);
  await drive.put('/a.txt', Buffer.from('hello'));
  place.serve({ files: drive.core, blobs });
  const copy = await copyOf(place.buyer, drive);
  const contents = await place.buyer.open(blobs.key);
  assert.equal(await within(copy.entry('/a.txt')), null);
  assert.equal(await within(contents.get(0, { timeout: REFUSED_MS })), null);
  assert.deepEqual([copy.core.length, contents.length], [0, 0]);
  place.grant();
  await until(() => copy.core.length > 0, 'the names are there');
  assert.equal(String(await copy.get('/a.txt')), 'hello');
  const told = place.buyer.said.flatMap((each) => ('valid' in each ? each.valid.cores : []));
  assert.deepEqual(told.map(({ role }) => role).sort(), ['blobs', 'files']);
});

test('A23: revoked when the names are there and before the contents are, a buyer gets none of them', async () => {
  await using place = await openPlace();
  const { drive, blobs } = await openDrive(place.store);
  await drive.put('/a.txt', Buffer.from('hello'));
  place.serve({ files: drive.core, blobs });
  place.grant();
  const copy = await copyOf(place.buyer, drive);
  await copy.core.update({ wait: true });
  assert.ok(await copy.entry('/a.txt'));
  const sent = { files: 0, blobs: 0 };
  drive.core.on('upload', () => sent.files++);
  blobs.on('upload', () => sent.blobs++);
  place.revoke();
  await drive.put('/b.txt', Buffer.from('later'));
  assert.equal(await within(copy.get('/a.txt')), null);
  assert.equal(await within(copy.entry('/b.txt', { timeout: REFUSED_MS })), null);
  assert.deepEqual(sent, { files: 0, blobs: 0 });
  place.grant();
  await until(async () => (await within(copy.entry('/b.txt'))) !== null, 'both are back');
  assert.equal(String(await copy.get('/b.txt')), 'later');
});

test('A23: granted and revoked in one instant, again and again, neither core is left behind', async () => {
  await using place = await openPlace();
  const { drive, blobs } = await openDrive(place.store);
  await drive.put('/a.txt', Buffer.from('hello'));
  place.serve({ files: drive.core, blobs });
  const copy = await copyOf(place.buyer, drive);
  const contents = await place.buyer.open(blobs.key);
  const sent: number[] = [];
  for (const core of [drive.core, blobs]) core.on('upload', (index) => void sent.push(index));
  for (let i = 0; i < 50; i++) {
    place.grant();
    place.revoke();
  }
  assert.equal(await within(copy.entry('/a.txt')), null);
  assert.equal(await within(contents.get(0, { timeout: REFUSED_MS })), null);
  assert.deepEqual(sent, []);
});

test('one file of a Hyperdrive moves about the bytes of that file', async () => {
  await using place = await openPlace();
  const { drive, blobs } = await openDrive(place.store);
  for (let i = 0; i < FILES; i++) await drive.put(`/${i}.bin`, randomBytes(FILE_BYTES));
  const wanted = await drive.get('/33.bin');
  place.serve({ files: drive.core, blobs });
  place.grant();
  const copy = await copyOf(place.buyer, drive);
  const bytes = await place.received(async () => {
    await copy.core.update({ wait: true });
    assert.deepEqual(await copy.get('/33.bin'), wanted);
  });
  assert.ok(
    bytes >= FILE_BYTES && bytes < FILE_BYTES + BESIDES,
    `${bytes} bytes for ${FILE_BYTES}`,
  );
});

test('a Hyperbee is read by key and by range, sparsely, and watched', async () => {
  await using place = await openPlace();
  const bee = new Hyperbee<number>(place.store.get({ name: 'a bee' }), JSON_VALUES);
  await bee.ready();
  const batch = bee.batch();
  for (let i = 0; i < 5_000; i++) await batch.put(`key ${String(i).padStart(4, '0')}`, i);
  await batch.flush();
  place.serve({ data: bee.core });
  place.grant();
  const copy = new Hyperbee<number>(await place.buyer.open(bee.core.key), JSON_VALUES);
  await copy.core.update({ wait: true });
  const bytes = await place.received(async () => {
    assert.equal((await copy.get('key 2500'))?.value, 2500);
    const range = { gte: 'key 4000', lt: 'key 4010' };
    const values: number[] = [];
    for await (const { value } of copy.createReadStream(range)) values.push(value);
    assert.deepEqual(values, [4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4009]);
  });
  assert.ok(bytes < bee.core.byteLength / 4, `${bytes} bytes of ${bee.core.byteLength}`);
  const watcher = copy.watch();
  const changed = watcher[Symbol.asyncIterator]().next();
  await bee.put('key 2500', -1);
  const { value } = await changed;
  assert.equal((await value[0].get('key 2500'))?.value, -1);
  assert.equal((await value[1].get('key 2500'))?.value, 2500);
  await watcher.close();
});

test('blocks in the middle of a long core move about the bytes of those blocks', async () => {
  await using place = await openPlace();
  const core = place.store.get({ name: 'a long one' });
  await core.ready();
  const block = (i: number) => Buffer.alloc(BLOCK_BYTES, String(i));
  await core.append(Array.from({ length: BLOCKS }, (_, i) => block(i)));
  place.serve({ data: core });
  place.grant();
  const copy = await place.buyer.open(core.key);
  const first = BLOCKS - 10_000;
  const bytes = await place.received(async () => {
    await copy.update({ wait: true });
    assert.equal(copy.length, BLOCKS);
    const blocks = Array.from({ length: 11 }, (_, i) => copy.get(first + i));
    for (const [i, each] of (await Promise.all(blocks)).entries()) {
      assert.deepEqual(each, block(first + i));
    }
  });
  assert.ok(bytes < 11 * BLOCK_BYTES + BESIDES, `${bytes} bytes for 11 blocks of ${BLOCK_BYTES}`);
});
