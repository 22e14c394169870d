import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { head as headShape } from '../../contract/operations/gateway.ts';
import { problem } from '../../contract/problem.ts';
import { decodeBlocks } from '../../protocol/block-batch.ts';
import { verifyRange } from '../../protocol/range-proof.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, listFeed, type ShopListing, until } from '../support/shop.ts';
import { download, newReader, type Reader, urlOf } from './reader.ts';

const ROWS = Array.from({ length: 100 }, (_, i) => ({ day: i, rain: i % 7, note: `a "${i}", b` }));

let market: TestMarket;
let listing: ShopListing;
let reader: Reader;

before(async () => {
  market = await startMarket({ workers: false });
  listing = await listFeed(market, ROWS);
  const blockSchema = {
    type: 'object',
    properties: { day: { type: 'integer' }, rain: { type: 'number' }, note: { type: 'string' } },
  };
  await market.db.prisma.feed.update({ where: { id: listing.feedId }, data: { blockSchema } });
  reader = newReader(market);
  await reader.grant(listing.feedId);
});

after(() => market[Symbol.asyncDispose]());

const blocks = (query = '', accept = 'application/x-ndjson') =>
  reader.get(`/v1/feeds/${listing.feedId}/blocks${query}`, { accept });

async function rowsOf(answer: Response): Promise<object[]> {
  assert.equal(answer.status, 200);
  const lines = (await answer.text()).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

test('all blocks come as lines of JSON, whole and in order', async () => {
  const answer = await blocks();
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  assert.equal(answer.headers.get('dazaar-range'), '0-100');
  assert.deepEqual(await rowsOf(answer), ROWS);
});

test('a range is clipped to what there is, and counts from the end when negative', async () => {
  const cases: [string, number, number][] = [
    ['?start=10&end=12', 10, 12],
    ['?start=98&end=1000', 98, 100],
    ['?start=-2', 98, 100],
    ['?start=-1000&end=-99', 0, 1],
    ['?start=100', 100, 100],
    ['?start=50&end=40', 50, 50],
  ];
  for (const [query, start, end] of cases) {
    const answer = await blocks(query);
    assert.equal(answer.headers.get('dazaar-range'), `${start}-${end}`, query);
    assert.deepEqual(await rowsOf(answer), ROWS.slice(start, end), query);
  }
});

test('the binary form is framed as appends are, and proven against the key', async () => {
  const answer = await blocks('?start=7&end=63', 'application/vnd.dazaar.blocks');
  const served = decodeBlocks(Buffer.from(await answer.arrayBuffer()));
  assert.deepEqual(
    served.map((block) => JSON.parse(block.toString())),
    ROWS.slice(7, 63),
  );
  assert.equal(answer.headers.get('dazaar-core-key'), listing.coreKey);
  const proof = Buffer.from(answer.headers.get('dazaar-proof')!, 'base64url');
  const proven = verifyRange(Buffer.from(listing.coreKey, 'hex'), proof, served);
  assert.deepEqual(proven, { start: 7, end: 63, length: 100, fork: 0 });
});

test('CSV has the columns that the block schema declares, quoted as RFC 4180 says', async () => {
  const answer = await blocks('?end=2', 'text/csv');
  assert.match(answer.headers.get('content-type')!, /^text\/csv/);
  assert.equal(await answer.text(), 'day,rain,note\r\n0,0,"a ""0"", b"\r\n1,1,"a ""1"", b"\r\n');
});

test('a format that there is not, and a query that is none, are refused', async () => {
  const unknown = await blocks('', 'image/png');
  assert.equal(unknown.status, 406);
  assert.equal(problem.parse(await unknown.json()).code, 'not-acceptable');
  for (const query of ['?start=x', '?end=1.5', '?core=nothing', '?colour=red']) {
    assert.equal((await blocks(query)).status, 400, query);
  }
  assert.equal((await blocks('?core=blobs')).status, 404);
});

test('HEAD says what GET would, without a block', async () => {
  const authorization = await reader.bearer();
  const url = urlOf(market, `/v1/feeds/${listing.feedId}/blocks?end=3`);
  const answer = await fetch(url, { method: 'HEAD', headers: { authorization } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('dazaar-range'), '0-3');
  assert.equal(await answer.text(), '');
});

test('the head is signed by the writer', async () => {
  const answer = await reader.get(`/v1/feeds/${listing.feedId}/head`);
  const head = headShape.parse(await answer.json());
  assert.equal(head.length, 100);
  const proof = Buffer.from(head.proof!, 'base64url');
  assert.equal(verifyRange(Buffer.from(head.key, 'hex'), proof, []).length, 100);
});

test('a whole body says so in its trailer', async () => {
  const url = urlOf(market, `/v1/feeds/${listing.feedId}/blocks`);
  const { ended } = await download(url, { authorization: await reader.bearer() });
  assert.equal(await ended, 'complete');
});

test('blocks that are no JSON can be had in binary only', async () => {
  const other = await listFeed(market, [{ fine: true }]);
  const core = market.seeder.feeds.feed(other.feedId)!.core;
  await core.append(Buffer.from([0xff, 0x00]));
  await reader.grant(other.feedId);
  const path = `/v1/feeds/${other.feedId}/blocks?start=1`;
  const lines = await reader.get(path, { accept: 'application/x-ndjson' });
  assert.equal(lines.status, 406);
  assert.match(problem.parse(await lines.json()).detail!, /application\/vnd\.dazaar\.blocks/);
  const binary = await reader.get(path, { accept: 'application/vnd.dazaar.blocks' });
  assert.deepEqual(decodeBlocks(Buffer.from(await binary.arrayBuffer())), [
    Buffer.from([0xff, 0x00]),
  ]);
});

test('what was served is counted by feed and key', async () => {
  const other = newReader(market);
  await other.grant(listing.feedId);
  await (await other.get(`/v1/feeds/${listing.feedId}/blocks?end=5`)).text();
  await append(market, listing.slug, [{ day: 100, rain: 0, note: '' }]);
  const buyerKey = Uint8Array.from(other.keyPair.publicKey);
  await until(async () => {
    const rows = await market.db.prisma.usage.findMany({ where: { buyerKey } });
    return rows.length === 1 && rows[0]!.transport === 'http' && rows[0]!.blocks === 5n;
  });
});

test('any site may read with a token, but without cookies', async () => {
  const authorization = await reader.bearer();
  const url = urlOf(market, `/v1/feeds/${listing.feedId}/head`);
  const answer = await fetch(url, { headers: { authorization, origin: 'https://example.com' } });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  assert.match(answer.headers.get('access-control-expose-headers')!, /Dazaar-Proof/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.match(answer.headers.get('cache-control')!, /no-store/);
});
