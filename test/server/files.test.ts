import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Hyperdrive from 'hyperdrive';
import { driveFile, driveFilePage, problem } from '../../contract/index.ts';
import { connectBuyer, type TestBuyer } from '../seeder/loopback.ts';
import { grant } from '../seeder/market.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/shop.ts';
import { addFeed, type HostedFeed, send } from './feed-client.ts';

const REFUSED_MS = 700;

describe('files of a drive', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  const filesOf = ({ slug }: HostedFeed) => `/v1/seller/listings/${slug}/files`;
  const put = (
    feed: HostedFeed,
    path: string,
    body: NonNullable<RequestInit['body']>,
    contentType = 'application/octet-stream',
  ) => send(market, 'PUT', `${filesOf(feed)}/${path}`, { 'content-type': contentType })(body);
  const remove = (feed: HostedFeed, path: string) =>
    send(market, 'DELETE', `${filesOf(feed)}/${path}`)();
  const list = async (feed: HostedFeed, query = '') => {
    const answer = await send(market, 'GET', `${filesOf(feed)}${query}`)();
    assert.equal(answer.status, 200);
    return driveFilePage.parse(await answer.json());
  };
  const written = async (answer: Response) => {
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return driveFile.parse(body);
  };
  const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

  async function openDrive(buyer: TestBuyer, { feedId }: HostedFeed): Promise<Hyperdrive> {
    const where = { feedId_role: { feedId, role: 'files' } };
    const { key } = await market.db.prisma.feedCore.findUniqueOrThrow({ where });
    const drive = new Hyperdrive(buyer.store.namespace(feedId), Buffer.from(key));
    await drive.ready();
    return drive;
  }

  it('writes what is put, and a granted buyer reads it, a stranger nothing', async () => {
    const feed = await addFeed(market, 'hyperdrive');
    const large = randomBytes(3 * 1024 * 1024 + 17);
    const stored = await put(feed, 'data/large%20one.bin', large, 'application/x-thing');
    assert.equal(stored.headers.get('etag'), `"${sha256(large)}"`);
    const { path, size, sha256: hash, contentType } = await written(stored);
    assert.deepEqual(
      [path, size, hash, contentType],
      ['/data/large one.bin', large.length, sha256(large), 'application/x-thing'],
    );
    await written(await put(feed, 'a.txt', 'hello', 'text/plain'));
    await written(await put(feed, 'empty', ''));

    await using stranger = await connectBuyer(market.bootstrap, market.seeder.key);
    const unseen = await openDrive(stranger, feed);
    const nothing = await unseen.get('/a.txt', { timeout: REFUSED_MS }).catch(() => null);
    assert.equal(nothing, null);

    await using buyer = await connectBuyer(market.bootstrap, market.seeder.key);
    await grant(market.db.prisma, feed.feedId, buyer.key, null);
    await until(async () => buyer.said.some((message) => 'valid' in message));
    const drive = await openDrive(buyer, feed);
    await drive.core.update({ wait: true });
    assert.equal(String(await drive.get('/a.txt', { timeout: 15_000 })), 'hello');
    assert.deepEqual(await drive.get('/data/large one.bin', { timeout: 15_000 }), large);
    const entry = await drive.entry('/data/large one.bin');
    assert.deepEqual(entry?.value.metadata, { contentType: 'application/x-thing', sha256: hash });
    assert.equal((await drive.entry('/empty'))?.value.blob?.byteLength, 0);
    const range: Buffer[] = [];
    const options = { start: 1_000_000, length: 200_000 };
    for await (const piece of drive.createReadStream('/data/large one.bin', options)) {
      range.push(piece);
    }
    assert.deepEqual(Buffer.concat(range), large.subarray(1_000_000, 1_200_000));
  });

  it('writes content once, and keeps the last of what was put at a path', async () => {
    const feed = await addFeed(market, 'hyperdrive');
    const blobs = async () => {
      const where = { feedId_role: { feedId: feed.feedId, role: 'blobs' } };
      return Number((await market.db.prisma.feedCore.findUniqueOrThrow({ where })).length);
    };
    const first = await written(await put(feed, 'a', 'one', 'text/plain'));
    assert.deepEqual(await written(await put(feed, 'a', 'one', 'text/plain')), first);
    assert.equal(await blobs(), 1);
    await written(await put(feed, 'a', 'two', 'text/plain'));
    await written(await put(feed, 'a', 'one', 'text/csv'));
    const { files } = await list(feed);
    assert.deepEqual(
      files.map((file) => [file.path, file.sha256, file.contentType]),
      [['/a', sha256('one'), 'text/csv']],
    );
    assert.equal(await blobs(), 3);
    assert.equal(await market.db.prisma.fileChunk.count(), 0);
  });

  it('deletes', async () => {
    const feed = await addFeed(market, 'hyperdrive');
    await written(await put(feed, 'a/b', '1'));
    await written(await put(feed, 'a/c', '2'));
    assert.equal((await remove(feed, 'a/b')).status, 204);
    assert.deepEqual(
      (await list(feed)).files.map(({ path }) => path),
      ['/a/c'],
    );
    const again = await remove(feed, 'a/b');
    assert.equal(again.status, 404);
    assert.equal(problem.parse(await again.json()).code, 'file-not-found');
  });

  it('lists page by page, by path', async () => {
    const feed = await addFeed(market, 'hyperdrive');
    const names = ['a', 'b/c', 'b/d', 'e', 'ü'];
    for (const name of names) await written(await put(feed, encodeURI(name), name));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(feed, `?limit=2${cursor && `&cursor=${cursor}`}`);
      assert.ok(page.files.length <= 2);
      seen.push(...page.files.map(({ path }) => path));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen.toSorted(), names.map((name) => `/${name}`).toSorted());
    const wrong = await send(market, 'GET', `${filesOf(feed)}?cursor=AAAA`)();
    assert.equal(wrong.status, 400);
  });

  it('A39 refuses paths that could be read in two ways, and types that are none', async () => {
    const feed = await addFeed(market, 'hyperdrive');
    const paths = [
      '%2e%2e/a',
      'a/%2E%2E/b',
      'a//b',
      'a/',
      'a%5Cb',
      'a%00b',
      'a%0Ab',
      'x'.repeat(256),
    ];
    for (const path of [...paths, 'x/'.repeat(600)]) {
      const { hostname, port } = new URL(market.server.url);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const req = request({ hostname, port, method: 'PUT', path: `${filesOf(feed)}/${path}` });
        req.setHeader('authorization', `Bearer ${market.apiKey}`);
        req.on('response', (res) => resolve(res.resume().statusCode));
        req.on('error', reject);
        req.end('x');
      });
      assert.equal(status, 422, path);
    }
    assert.equal(await market.db.prisma.fileWrite.count({ where: { feedId: feed.feedId } }), 0);
    for (const contentType of ['text', 'text/', `text/${'x'.repeat(200)}`, 'text/\u00e4']) {
      assert.equal((await put(feed, 'a', 'x', contentType)).status, 415, contentType);
    }
    const blocks = await addFeed(market);
    assert.equal((await put(blocks, 'a', 'x')).status, 409);
  });

  it('A39 leaves nothing of a file that broke off', async () => {
    const feed = await addFeed(market, 'hyperdrive');
    const { hostname, port } = new URL(market.server.url);
    const cut = request({ hostname, port, method: 'PUT', path: `${filesOf(feed)}/half` });
    cut.setHeader('authorization', `Bearer ${market.apiKey}`);
    cut.on('error', () => {});
    cut.write(Buffer.alloc(2_000_000));
    const writes = () => market.db.prisma.fileWrite.count({ where: { feedId: feed.feedId } });
    await until(async () => (await writes()) === 1);
    await sleep(50);
    cut.destroy();
    await until(async () => (await writes()) === 0);
    assert.deepEqual((await list(feed)).files, []);
    await written(await put(feed, 'half', 'whole'));
  });
});
