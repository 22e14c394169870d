import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import * as operations from '../../contract/operations/gateway.ts';
import { problem } from '../../contract/problem.ts';
import { decodeBlocks } from '../../protocol/block-batch.ts';
import { verifyRange } from '../../protocol/range-proof.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing, until } from '../support/shop.ts';
import { download, newReader, type Reader, urlOf } from './reader.ts';

const FILE = randomBytes(300_000);

let market: TestMarket;
let bee: ShopListing;
let drive: ShopListing;
let reader: Reader;

before(async () => {
  market = await startMarket({ workers: false });
  reader = newReader(market);
  bee = await listFeed(market, [], undefined, { feed: { kind: 'hyperbee' } });
  drive = await listFeed(market, [], undefined, { feed: { kind: 'hyperdrive' } });
  const changes = ['a', 'b/1', 'b/2', 'c'].map((key, i) => ({ op: 'put', key, value: { i } }));
  const answer = await fetch(
    `${market.server.url}/v1/seller/listings/${bee.slug}/entries?batchId=entries`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(changes),
    },
  );
  assert.equal(answer.status, 201, await answer.text());
  await putFile('data/big.bin', FILE);
  await putFile('empty', Buffer.alloc(0));
  await putFile('z', FILE.subarray(0, 9));
  await reader.grant(bee.feedId);
  await reader.grant(drive.feedId);
});

after(() => market[Symbol.asyncDispose]());

async function read<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S>> {
  const answer = await reader.get(path);
  assert.equal(answer.status, 200, await answer.clone().text());
  return shape.parse(await answer.json());
}

const entries = (query: string) =>
  read(`/v1/feeds/${bee.feedId}/entries${query}`, operations.listEntries.success.body);

test('entries come in the order of their keys, by range, limit and direction', async () => {
  const keys = async (query: string) => (await entries(query)).entries.map(({ key }) => key);
  assert.deepEqual(await keys(''), ['a', 'b/1', 'b/2', 'c']);
  assert.deepEqual(await keys('?gt=a&lt=c'), ['b/1', 'b/2']);
  assert.deepEqual(await keys('?gte=b/2&lte=c'), ['b/2', 'c']);
  assert.deepEqual(await keys('?reverse=true&limit=2'), ['c', 'b/2']);
});

test('a page says whether there is more', async () => {
  assert.equal((await entries('?limit=3')).more, true);
  assert.equal((await entries('?limit=3&gt=a')).more, false);
});

test('an entry comes with the block that it stands in, proven', async () => {
  const answer = await reader.get(`/v1/feeds/${bee.feedId}/entries/b/1`);
  const entry = operations.readEntry.success.body.parse(await answer.json());
  assert.deepEqual([entry.key, entry.value], ['b/1', { i: 1 }]);
  const proof = Buffer.from(answer.headers.get('dazaar-proof')!, 'base64url');
  const block = Buffer.from(entry.block, 'base64');
  const proven = verifyRange(Buffer.from(bee.coreKey, 'hex'), proof, [block]);
  assert.equal(proven.start, entry.seq);
  assert.ok(block.includes('{"i":1}'));
});

test('an entry or file that there is not is not found, nor one of another kind of feed', async () => {
  const code = async (path: string) => problem.parse(await (await reader.get(path)).json()).code;
  assert.equal(await code(`/v1/feeds/${bee.feedId}/entries/nothing`), 'entry-not-found');
  assert.equal(await code(`/v1/feeds/${drive.feedId}/files/nothing`), 'file-not-found');
  assert.equal(await code(`/v1/feeds/${drive.feedId}/entries`), 'not-found');
  assert.equal(await code(`/v1/feeds/${bee.feedId}/files`), 'not-found');
});

test('files are listed by folder, in pages', async () => {
  const list = (query: string) =>
    read(`/v1/feeds/${drive.feedId}/files${query}`, operations.listFiles.success.body);
  const all = await list('');
  assert.deepEqual(
    all.files.map(({ path, byteLength }) => [path, byteLength]),
    [
      ['/data/big.bin', FILE.length],
      ['/empty', 0],
      ['/z', 9],
    ],
  );
  const folder = await list('?prefix=/data');
  assert.deepEqual(folder.files.length, 1);
  const page = await list('?limit=1&after=/data/big.bin');
  assert.deepEqual([page.files[0]?.path, page.more], ['/empty', true]);
});

const filePath = () => `/v1/feeds/${drive.feedId}/files/data/big.bin`;

test('a file comes whole, and its ranges as RFC 9110 says', async () => {
  const whole = await reader.get(filePath());
  assert.equal(whole.headers.get('content-length'), String(FILE.length));
  assert.ok(Buffer.from(await whole.arrayBuffer()).equals(FILE));
  const cases: [string, number, number][] = [
    ['bytes=0-0', 0, 1],
    ['bytes=65530-65545', 65_530, 65_546],
    ['bytes=299990-', 299_990, 300_000],
    ['bytes=-10', 299_990, 300_000],
    ['bytes=0-999999', 0, 300_000],
  ];
  for (const [range, start, end] of cases) {
    const answer = await reader.get(filePath(), { range });
    assert.equal(answer.status, 206, range);
    assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end - 1}/300000`);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(FILE.subarray(start, end)), range);
  }
});

test('a range that the file does not have is 416, one that is none is passed over', async () => {
  const beyond = await reader.get(filePath(), { range: 'bytes=300000-' });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), 'bytes */300000');
  for (const range of ['bytes=5-1', 'lines=1-2', 'bytes=0-1,5-6']) {
    const answer = await reader.get(filePath(), { range });
    assert.ok([200, 416].includes(answer.status), `${range} ${answer.status}`);
    await answer.arrayBuffer();
  }
});

test('an ETag saves the second time, and If-Range keeps two files from being mixed', async () => {
  const head = await reader.get(filePath(), { range: 'bytes=0-9' });
  const etag = head.headers.get('etag')!;
  assert.equal((await reader.get(filePath(), { 'if-none-match': etag })).status, 304);
  const same = await reader.get(filePath(), { range: 'bytes=10-19', 'if-range': etag });
  assert.equal(same.status, 206);
  const other = await reader.get(filePath(), { range: 'bytes=10-19', 'if-range': '"other"' });
  assert.equal(other.status, 200);
  await other.arrayBuffer();
});

test('an empty file is empty', async () => {
  const answer = await reader.get(`/v1/feeds/${drive.feedId}/files/empty`);
  assert.equal(answer.status, 200);
  assert.equal((await answer.arrayBuffer()).byteLength, 0);
});

test('the blocks of a file can be read and proven', async () => {
  const file = await reader.get(filePath());
  const [start, end] = file.headers.get('dazaar-blob')!.split('-');
  await file.arrayBuffer();
  const answer = await reader.get(
    `/v1/feeds/${drive.feedId}/blocks?core=blobs&start=${start}&end=${end}`,
    { accept: 'application/vnd.dazaar.blocks' },
  );
  const blocks = decodeBlocks(Buffer.from(await answer.arrayBuffer()));
  const key = Buffer.from(answer.headers.get('dazaar-core-key')!, 'hex');
  verifyRange(key, Buffer.from(answer.headers.get('dazaar-proof')!, 'base64url'), blocks);
  assert.ok(Buffer.concat(blocks).equals(FILE));
});

test('A23: a file is cut short when access ends, with a trailer for whoever takes trailers', async () => {
  const size = 24 * 1024 * 1024;
  await putFile('huge.bin', Buffer.alloc(size));
  const url = urlOf(market, `/v1/feeds/${drive.feedId}/files/huge.bin`);
  const { gate } = market.seeder;
  for (const [te, expected] of [
    ['', null],
    ['trailers', 'revoked'],
  ] as const) {
    const other = newReader(market);
    await other.grant(drive.feedId);
    const headers = { authorization: await other.bearer(), ...(te && { te }) };
    const running = await download(url, headers);
    assert.equal(running.answer.headers['content-length'], te ? undefined : String(size));
    running.answer.pause();
    await sleep(200);
    await other.revoke(drive.feedId);
    await until(async () => !gate.grants(other.keyPair.publicKey, drive.feedId));
    running.answer.resume();
    assert.equal(await running.ended, expected);
    assert.ok(Buffer.concat(running.bytes).length < size);
  }
});

async function putFile(path: string, bytes: Buffer): Promise<void> {
  const answer = await fetch(
    `${market.server.url}/v1/seller/listings/${drive.slug}/files/${path}`,
    {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/octet-stream',
      },
      body: Uint8Array.from(bytes),
    },
  );
  assert.ok(answer.ok, await answer.text());
}
