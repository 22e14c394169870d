import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Autobase from 'autobase';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import { listEntries } from '../../contract/operations/gateway.ts';
import { decodeBlocks } from '../../protocol/block-batch.ts';
import { verifyRange } from '../../protocol/range-proof.ts';
import { newReader } from '../gateway/reader.ts';
import { join as joinBase, type Operation, openBase } from '../seeder/base.ts';
import { addMirroredFeed, openSource, type Source } from '../seeder/source.ts';
import { httpBrowser } from '../support/http-browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, send as ask } from '../support/request.ts';
import { append, listFeed, type ShopListing, until } from '../support/shop.ts';
import { buyerKeyIn, type CliOptions, dazaar, startDazaar } from './cli.ts';

const TREE = { keyEncoding: 'utf-8', valueEncoding: 'binary', extension: false } as const;
const FREE = [{ name: 'free', kind: 'free' }];
const BIG = randomBytes(900_000);
const SCHEMA = {
  type: 'object',
  properties: {
    time: { type: 'string', format: 'date-time' },
    station: { type: 'string' },
    count: { type: 'integer' },
    celsius: { type: ['number', 'null'] },
    isDry: { type: 'boolean' },
    wind: { type: 'object' },
  },
};
const READINGS = Array.from({ length: 600 }, (_, n) => ({
  time: new Date(1_780_000_000_000 + n * 1000).toISOString(),
  station: n % 2 === 0 ? 'Köln, "Dom"' : 'Berlin',
  count: n,
  celsius: n % 10 === 0 ? null : n / 10,
  isDry: n % 3 === 0,
  wind: { from: n },
}));

let market: TestMarket;
let log: ShopListing;
let bee: ShopListing;
let drive: ShopListing;
let source: Source;
let base: Autobase<Operation, Hypercore>;
let baseSlug: string;
let directory: string;
let homes = 0;
let served = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-structures-'));
  market = await startMarket({ workers: false });
  log = await listFeed(market, READINGS, FREE, { blockSchema: SCHEMA });
  bee = await listFeed(market, [], FREE, {
    feed: { kind: 'hyperbee' },
    blockSchema: { type: 'object', properties: { celsius: { type: 'number' } } },
  });
  await put(...['athens', 'berlin/mitte', 'berlin/tegel', 'cairo'].map(reading));
  drive = await listFeed(market, [], FREE, { feed: { kind: 'hyperdrive' } });
  await putFile('readme.txt', Buffer.from('hello'));
  await putFile('charts/baltic.bin', BIG);
  await putFile('charts/old/north.txt', Buffer.from('north'));
  for (const { feedId } of [log, bee, drive]) {
    for (const core of market.seeder.feeds.feed(feedId)!.cores) {
      core.on('upload', (_index, byteLength) => {
        served += byteLength;
      });
    }
  }
  source = await openSource(market.bootstrap);
  base = await openBase(source);
  for (const say of ['second', 'third']) await base.append({ say });
  const feedId = await addMirroredFeed(
    market.db.prisma,
    source.key,
    { data: base.local },
    'autobase',
  );
  const { listing } = await market.db.prisma.feed.findUniqueOrThrow({
    where: { id: feedId },
    include: { listing: true },
  });
  baseSlug = listing.slug;
  await until(async () => {
    const view = await market.db.prisma.feedCore.findFirst({ where: { feedId, role: 'view-0' } });
    return view?.length === 3n;
  });
});

after(async () => {
  await base?.close();
  await source?.[Symbol.asyncDispose]();
  await market?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const reading = (key: string, n: number) => ({ op: 'put', key, value: { celsius: n } });

async function put(...changes: object[]): Promise<void> {
  const batchId = randomBytes(6).toString('hex');
  await send('POST', `${bee.slug}/entries?batchId=${batchId}`, JSON.stringify(changes));
}

function putFile(path: string, content: Buffer): Promise<void> {
  return send('PUT', `${drive.slug}/files/${path}`, content, 'application/octet-stream');
}

async function send(
  method: string,
  path: string,
  body: string | Buffer,
  type = 'application/json',
): Promise<void> {
  const headers = { authorization: `Bearer ${market.apiKey}`, 'content-type': type };
  const url = `${market.server.url}/v1/seller/listings/${path}`;
  const answer = await fetch(url, { method, headers, body: Uint8Array.from(Buffer.from(body)) });
  assert.ok(answer.ok, await answer.text());
}

/** A buyer with a home of their own, and access to these. */
async function newBuyer(...feedIds: string[]): Promise<CliOptions> {
  homes += 1;
  const options = { home: join(directory, `home-${homes}`), market: market.server.url };
  assert.equal((await dazaar(['keygen'], options)).code, 0);
  for (const feedId of feedIds) await grantTo(options, feedId);
  return options;
}

async function grantTo({ home }: CliOptions, feedId: string): Promise<void> {
  const { prisma } = market.db;
  const buyerKey = Uint8Array.from(Buffer.from(await buyerKeyIn(home), 'hex'));
  const startsAt = new Date();
  const row = await prisma.grant.create({ data: { feedId, buyerKey, startsAt, expiresAt: null } });
  const entry = { grantId: row.id, feedId, buyerKey, startsAt, expiresAt: null };
  await prisma.grantLog.create({ data: { ...entry, change: 'issued' } });
  await until(async () => market.seeder.gate.grants(buyerKey, feedId));
}

async function revokeFrom({ home }: CliOptions, feedId: string): Promise<void> {
  const { prisma } = market.db;
  const buyerKey = Uint8Array.from(Buffer.from(await buyerKeyIn(home), 'hex'));
  const where = { feedId_buyerKey: { feedId, buyerKey } };
  const row = await prisma.grant.update({ where, data: { state: 'revoked' } });
  const { id: grantId, startsAt, expiresAt } = row;
  const entry = { grantId, feedId, buyerKey, startsAt, expiresAt };
  await prisma.grantLog.create({ data: { ...entry, change: 'revoked' } });
}

async function run(args: string[], options: CliOptions): Promise<string> {
  const { code, stdout, stderr } = await dazaar(args, options);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

const jsonLines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** What the seeder has sent to anybody since, in bytes of blocks. */
function traffic(): () => number {
  const start = served;
  return () => served - start;
}

test('pull writes a tree’s entries in the order of their keys, and again only when they changed', async () => {
  const buyer = await newBuyer(bee.feedId);
  const expected = (n: number) =>
    ['athens', 'berlin/mitte', 'berlin/tegel', 'cairo'].map((key, i) => ({
      key,
      value: { celsius: key === 'cairo' ? n : i },
    }));
  assert.deepEqual(jsonLines(await run(['pull', bee.slug], buyer)), expected(3));
  const out = join(directory, 'bee.ndjson');
  const pull = ['pull', bee.slug, '--out', out, '--json'];
  const [first] = jsonLines(await run(pull, buyer));
  assert.equal(first.entries, 4);
  assert.deepEqual(jsonLines(await readFile(out, 'utf8')), expected(3));
  assert.equal(jsonLines(await run(pull, buyer))[0].entries, 0);
  await put(reading('cairo', 40));
  const [third] = jsonLines(await run(pull, buyer));
  assert.deepEqual([third.entries, third.version], [4, first.version + 1]);
  assert.deepEqual(jsonLines(await readFile(out, 'utf8')), expected(40));
  await put(reading('cairo', 3));
  await writeFile(join(directory, 'mine.ndjson'), 'mine');
  const refused = await dazaar(['pull', bee.slug, '--out', join(directory, 'mine.ndjson')], buyer);
  assert.equal(refused.code, 9);
  assert.match(refused.stderr, /exists/);
  assert.equal((await dazaar(['pull', bee.slug, '--live'], buyer)).code, 2);
});

test('pull writes a drive’s files into a directory, and fetches again only what is new', async () => {
  const buyer = await newBuyer(drive.feedId);
  const out = join(directory, 'drive');
  const pull = ['pull', drive.slug, '--out', out, '--json'];
  const [first] = jsonLines(await run(pull, buyer));
  assert.equal(first.files, 3);
  assert.deepEqual(await readFile(join(out, 'charts/baltic.bin')), BIG);
  assert.equal(await readFile(join(out, 'charts/old/north.txt'), 'utf8'), 'north');
  await putFile('new.txt', Buffer.from('new'));
  await rm(join(out, 'readme.txt'));
  const [second] = jsonLines(await run(pull, buyer));
  assert.equal(second.files, 2);
  assert.deepEqual((await readdir(out)).sort(), [
    '.dazaar.json',
    'charts',
    'new.txt',
    'readme.txt',
  ]);
  const refused = await dazaar(['pull', drive.slug], buyer);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--out/);
  await rm(join(out, '.dazaar.json'));
  assert.equal((await dazaar(pull, buyer)).code, 9);
});

test('pull, tail and get read an Autobase by its view', async () => {
  const { feed } = await market.db.prisma.listing.findUniqueOrThrow({
    where: { slug: baseSlug },
    include: { feed: true },
  });
  const buyer = await newBuyer(feed!.id);
  const said = ['first', 'second', 'third'].map((say) => ({ say }));
  assert.deepEqual(jsonLines(await run(['pull', baseSlug], buyer)), said);
  assert.deepEqual(jsonLines(await run(['get', baseSlug, '1'], buyer)), [said[1]]);
  const tail = startDazaar(['tail', baseSlug, '--last', '1'], buyer);
  await until(async () => tail.stdout().includes('third'));
  await base.append({ say: 'fourth' });
  await until(async () => tail.stdout().includes('fourth'));
  tail.child.kill('SIGINT');
  const ended = await tail.ended;
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.deepEqual(jsonLines(ended.stdout), [said[2], { say: 'fourth' }]);
});

/** What somebody sees of a feed on his shelf, who has access to it there. */
async function shelfPage({ listingId }: { listingId: string }): Promise<string> {
  const { prisma } = market.db;
  const { slug } = await prisma.listing.findUniqueOrThrow({ where: { id: listingId } });
  await prisma.plan.create({
    data: { listingId, name: 'gift', kind: 'free', priceMsat: 0n, position: 0 },
  });
  const body = { listing: slug, plan: 'gift' };
  const { grant, claimCode } = await answered(ask(market, '/v1/orders', { body }), 201);
  const browser = httpBrowser(market.server.url);
  await browser.post('/shelf/open', {
    ...(await browser.fieldsAt('/shelf/open')),
    code: claimCode,
  });
  return browser.text(`/shelf/${grant.id}`);
}

test('an Autobase is read over HTTP by its view, proved by all who sign it; a tail ends when another takes its place', async () => {
  const { feed } = await market.db.prisma.listing.findUniqueOrThrow({
    where: { slug: baseSlug },
    include: { feed: true },
  });
  const path = `/v1/feeds/${feed!.id}`;
  const reader = newReader(market);
  await reader.grant(feed!.id);
  const said = async (coreKey: string) => {
    const answer = await reader.get(`${path}/blocks`, { accept: 'application/vnd.dazaar.blocks' });
    if (answer.status === 503) return [];
    const blocks = decodeBlocks(Buffer.from(await answer.arrayBuffer()));
    const proof = Buffer.from(answer.headers.get('dazaar-proof')!, 'base64url');
    verifyRange(Buffer.from(coreKey, 'hex'), proof, blocks);
    return blocks.map((block) => JSON.parse(block.toString()).say);
  };
  const view = async () => {
    const where = { feedId_role: { feedId: feed!.id, role: 'view-0' } };
    const row = await market.db.prisma.feedCore.findUniqueOrThrow({ where });
    return Buffer.from(row.key).toString('hex');
  };
  const first = await view();
  assert.deepEqual((await said(first)).slice(0, 3), ['first', 'second', 'third']);
  const tail = await reader.get(`${path}/tail?start=0`);
  assert.equal(tail.headers.get('dazaar-core-key'), first);

  await using second = await joinBase(source, base, true);
  await second.base.append({ say: 'from another' });
  const events = await tail.text();
  assert.match(events, /event: end\ndata: \{"reason":"stopped"\}\n\n$/);
  const next = await view();
  assert.notEqual(next, first);
  await until(async () => (await said(next)).at(-1) === 'from another');
  assert.match(await shelfPage(feed!), /from another/);
  assert.equal((await reader.get(`${path}/blocks?core=data`)).status, 404);
  assert.equal((await reader.get(`${path}/entries`)).status, 404);
});

test('the entries of an Autobase whose view is a Hyperbee are read over HTTP', async () => {
  const store = source.store.namespace('tree');
  const tree = new Autobase<{ key: string; value: string }, Hyperbee<Buffer>>(store, null, {
    valueEncoding: 'json',
    ackInterval: 100,
    open: (views) => new Hyperbee(views.get({ name: 'view' }), TREE),
    async apply(nodes, view) {
      for (const { value } of nodes) await view.put(value.key, Buffer.from(value.value));
    },
  });
  await tree.ready();
  await tree.append({ key: 'berlin', value: '21' });
  const of = { data: tree.local };
  const feedId = await addMirroredFeed(market.db.prisma, source.key, of, 'autobase');
  const reader = newReader(market);
  await reader.grant(feedId);
  const get = (path: string) => reader.get(`/v1/feeds/${feedId}/${path}`);
  await until(async () => (await get('entries')).status === 200);
  const page = listEntries.success.body.parse(await (await get('entries')).json());
  assert.deepEqual(page.entries, [{ seq: 1, key: 'berlin', value: 21 }]);
  assert.equal((await get('entries/berlin')).status, 200);
  const row = await market.db.prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
  assert.match(await shelfPage(row), /berlin/);
  await tree.append({ key: 'cairo', value: 'warm' });
  await until(async () => (await get('entries/cairo')).status === 406);
  assert.equal((await get('entries')).status, 406);
  await tree.close();
});

test('ls shows folders and files of a drive, and get fetches one: only its blocks move', async () => {
  const buyer = await newBuyer(drive.feedId);
  const sent = traffic();
  assert.match(await run(['ls', drive.slug], buyer), /^ +- {2}\/charts\/\n/);
  const folder = jsonLines(await run(['ls', drive.slug, 'charts', '--json'], buyer));
  assert.deepEqual(folder, [
    { path: '/charts/baltic.bin', byteLength: BIG.byteLength },
    { path: '/charts/old/', byteLength: null },
  ]);
  const all = jsonLines(await run(['ls', drive.slug, '/charts', '--recursive', '--json'], buyer));
  assert.deepEqual(
    all.map(({ path }) => path),
    ['/charts/baltic.bin', '/charts/old/north.txt'],
  );
  assert.equal(await run(['get', drive.slug, '/charts/old/north.txt'], buyer), 'north');
  assert.ok(sent() < 10_000, `${sent()} bytes were sent for a small file`);
  const out = join(directory, 'baltic.bin');
  await run(['get', drive.slug, 'charts/baltic.bin', '--out', out], buyer);
  assert.deepEqual(await readFile(out), BIG);
  assert.ok(sent() > BIG.byteLength && sent() < BIG.byteLength + 20_000);
  const missing = await dazaar(['get', drive.slug, '/charts/nothing'], buyer);
  assert.deepEqual([missing.code, missing.stdout], [2, '']);
  assert.match(missing.stderr, /there is no file \/charts\/nothing/);
  assert.equal((await dazaar(['get', drive.slug, 'readme.txt', '--out', out], buyer)).code, 9);
});

test('ls shows a range of a tree’s entries, and get one value', async () => {
  const buyer = await newBuyer(bee.feedId);
  const keys = async (...args: string[]) =>
    jsonLines(await run(['ls', bee.slug, '--json', ...args], buyer)).map(({ key }) => key);
  assert.deepEqual(await keys('--prefix', 'berlin/'), ['berlin/mitte', 'berlin/tegel']);
  assert.deepEqual(await keys('--gte', 'berlin/tegel', '--lt', 'cairo'), ['berlin/tegel']);
  assert.deepEqual(await keys('--reverse', '--limit', '2'), ['cairo', 'berlin/tegel']);
  assert.equal(await run(['ls', bee.slug, '--limit', '1'], buyer), 'athens\t{"celsius":0}\n');
  assert.equal(await run(['get', bee.slug, 'berlin/mitte'], buyer), '{"celsius":1}\n');
  await put({ op: 'put', key: 'empty', value: null });
  assert.equal(await run(['get', bee.slug, 'empty'], buyer), 'null\n');
  const [listed] = jsonLines(await run(['ls', bee.slug, '--prefix', 'empty', '--json'], buyer));
  assert.deepEqual(listed, { key: 'empty', value: null });
  const [changed] = jsonLines(await run(['tail', bee.slug, '--last', '1', '--no-follow'], buyer));
  assert.deepEqual([changed.type, changed.value], ['put', null]);
  await put({ op: 'del', key: 'empty' });
  assert.equal((await dazaar(['get', bee.slug, 'nowhere'], buyer)).code, 2);
  assert.equal((await dazaar(['ls', bee.slug, '--prefix', 'a', '--gt', 'a'], buyer)).code, 2);
  assert.equal((await dazaar(['ls', log.slug], buyer)).code, 2);
});

test('tail follows the changes of a tree and of a drive', async () => {
  const buyer = await newBuyer(bee.feedId, drive.feedId);
  const entries = startDazaar(['tail', bee.slug, '--last', '0'], buyer);
  const other = await newBuyer(drive.feedId);
  const files = startDazaar(['tail', drive.slug, '--last', '1'], other);
  await until(async () => files.stdout().includes('path'));
  // With nothing to begin with, it says nothing before there is a change: so there is one until it does.
  await until(async () => {
    await put(reading('zagreb', 7));
    return entries.stdout().includes('zagreb');
  });
  await put({ op: 'del', key: 'zagreb' });
  await putFile('later.txt', Buffer.from('later'));
  await until(async () => entries.stdout().includes('"del"'));
  await until(async () => files.stdout().includes('later'));
  const last = jsonLines(entries.stdout()).at(-1);
  assert.deepEqual([last.type, last.key], ['del', 'zagreb']);
  const [change] = jsonLines(files.stdout()).slice(-1);
  assert.deepEqual([change.type, change.path, change.byteLength], ['put', '/later.txt', 5]);
  entries.child.kill('SIGINT');
  files.child.kill('SIGINT');
  assert.equal((await entries.ended).code, 0);
  assert.equal((await files.ended).code, 0);
});

test('tail of a log begins with the newest, and ends with 4 when access is revoked', async () => {
  const buyer = await newBuyer(log.feedId);
  const newest = jsonLines(await run(['tail', log.slug, '--last', '2', '--no-follow'], buyer));
  assert.deepEqual(newest, READINGS.slice(-2));
  const tail = startDazaar(['tail', log.slug, '--last', '1'], buyer);
  await until(async () => tail.stdout() !== '');
  await append(market, log.slug, [{ late: true }]);
  await until(async () => tail.stdout().includes('late'));
  await revokeFrom(buyer, log.feedId);
  const { code, stderr } = await tail.ended;
  assert.equal(code, 4);
  assert.match(stderr, /access to .* was revoked/);
});

test('export writes CSV and NDJSON, whole or not at all', async () => {
  const buyer = await newBuyer(log.feedId, bee.feedId);
  const csv = join(directory, 'export.csv');
  const args = (format: string, out: string, ...more: string[]) => [
    'export',
    log.slug,
    '--format',
    format,
    '--out',
    out,
    '--to',
    '600',
    ...more,
  ];
  assert.equal(jsonLines(await run([...args('csv', csv), '--json'], buyer))[0].rows, 600);
  const lines = (await readFile(csv, 'utf8')).split('\r\n');
  assert.equal(lines.length, 602);
  assert.equal(lines[0], 'time,station,count,celsius,isDry,wind');
  assert.equal(lines[1], '2026-05-28T20:26:40.000Z,"Köln, ""Dom""",0,,true,"{""from"":0}"');
  const refused = await dazaar(args('csv', csv), buyer);
  assert.equal(refused.code, 9);
  const ndjson = join(directory, 'export.ndjson');
  await run(args('ndjson', ndjson, '--from', '590'), buyer);
  assert.deepEqual(jsonLines(await readFile(ndjson, 'utf8')), READINGS.slice(590));
  const table = join(directory, 'table.csv');
  await run(['export', bee.slug, '--format', 'csv', '--out', table], buyer);
  const [head, first] = (await readFile(table, 'utf8')).split('\r\n');
  assert.deepEqual([head, first], ['key,celsius', 'athens,0']);
  const other = join(directory, 'other.csv');
  assert.equal((await dazaar(args('xml', other), buyer)).code, 2);
  const files = ['export', drive.slug, '--format', 'csv', '--out', other];
  assert.equal((await dazaar(files, buyer)).code, 2);
  const parts = (await readdir(directory)).filter((name) => name.includes('.part'));
  assert.deepEqual(parts, []);
});

test('export writes Parquet with the columns and types of the block schema', async () => {
  const buyer = await newBuyer(log.feedId);
  const out = join(directory, 'export.parquet');
  await run(['export', log.slug, '--format', 'parquet', '--out', out, '--to', '600'], buyer);
  const file = await asyncBufferFromFile(out);
  const { schema } = await parquetMetadataAsync(file);
  assert.deepEqual(
    schema.slice(1).map(({ name, type }) => [name, type]),
    [
      ['time', 'INT64'],
      ['station', 'BYTE_ARRAY'],
      ['count', 'INT64'],
      ['celsius', 'DOUBLE'],
      ['isDry', 'BOOLEAN'],
      ['wind', 'BYTE_ARRAY'],
    ],
  );
  const rows = await parquetReadObjects({ file });
  const expected = READINGS.map((row) => ({
    ...row,
    time: new Date(row.time),
    count: BigInt(row.count),
  }));
  assert.deepEqual(rows, expected);
  const late = await dazaar(
    ['export', log.slug, '--format', 'parquet', '--out', out, '--overwrite', '--json'],
    buyer,
  );
  assert.equal(late.code, 0, late.stderr);
  assert.ok((await stat(out)).size > 0);
});

test('a reader who has heard enough is no failure', async () => {
  const buyer = await newBuyer(log.feedId, bee.feedId);
  for (const args of [
    ['pull', log.slug],
    ['ls', bee.slug],
    ['tail', log.slug],
  ]) {
    const { child, ended } = startDazaar(args, buyer);
    child.stdout.once('data', () => child.stdout.destroy());
    if (args[0] === 'tail') {
      await new Promise((resolve) => child.stdout.once('close', resolve));
      await append(market, log.slug, [{ more: 1 }]);
    }
    const { code, stderr } = await ended;
    assert.deepEqual([args[0], code, stderr], [args[0], 0, '']);
  }
});

test('a feed is read by its card too, from a file or an address, and by its key', async () => {
  const buyer = await newBuyer(log.feedId);
  const address = `${market.server.url}/v1/listings/${log.slug}/card`;
  const card = join(directory, 'card.json');
  await writeFile(card, await (await fetch(address)).text());
  // The market may be away: what is needed stands on the card.
  const alone = { home: buyer.home, market: 'http://127.0.0.1:9' };
  const read = ['--last', '1', '--no-follow'];
  const byFile = jsonLines(await run(['tail', card, ...read], alone));
  assert.equal(byFile.length, 1);
  assert.deepEqual(jsonLines(await run(['tail', address, ...read], alone)), byFile);
  assert.deepEqual(jsonLines(await run(['tail', log.coreKey, ...read], buyer)), byFile);
  const stranger = await newBuyer();
  const refused = await dazaar(['tail', card], { ...alone, home: stranger.home });
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /you have no access to .*; buy it with: dazaar buy/);
  assert.equal((await dazaar(['tail', 'no-such.json'], alone)).code, 2);
});
