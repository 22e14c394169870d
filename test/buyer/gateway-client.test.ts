import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fetchBlocks, GatewayFraud, GatewayRefusal } from '../../buyer/gateway-client.ts';
import { decodeBlocks, encodeBlocks } from '../../protocol/block-batch.ts';
import { newReader, type Reader } from '../gateway/reader.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, listFeed, type ShopListing, until } from '../support/shop.ts';

const ROWS = Array.from({ length: 700 }, (_, i) => ({ i, text: 'x'.repeat(i % 50) }));

let market: TestMarket;
let listing: ShopListing;
let other: ShopListing;
let reader: Reader;

before(async () => {
  market = await startMarket({ workers: false });
  listing = await listFeed(market, ROWS);
  other = await listFeed(market, ROWS.slice(0, 50));
  reader = newReader(market);
  await reader.grant(listing.feedId);
  await reader.grant(other.feedId);
});

after(() => market[Symbol.asyncDispose]());

const feedAt = (gateway: string | URL = market.seeder.gatewayUrl!) => ({
  gateways: [new URL(gateway)],
  feedId: listing.feedId,
  coreKey: Buffer.from(listing.coreKey, 'hex'),
  isSealed: false,
  authorize: () => reader.bearer(),
});

async function collect(
  feed: ReturnType<typeof feedAt>,
  range: { start: number; end?: number } = { start: 0 },
): Promise<{ indexes: number[]; rows: object[] }> {
  const indexes: number[] = [];
  const rows: object[] = [];
  for await (const { index, block } of fetchBlocks(feed, range)) {
    indexes.push(index);
    rows.push(JSON.parse(block.toString()));
  }
  return { indexes, rows };
}

interface Answer {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A gateway that passes everything on, and changes answers about blocks on the way. */
async function withProxy(
  change: (answer: Answer, url: string) => Promise<Answer> | Answer,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(async (req, res) => {
    const headers = { authorization: req.headers.authorization!, accept: req.headers.accept! };
    const answer = await fetch(new URL(req.url!, market.seeder.gatewayUrl!), { headers });
    const body = Buffer.from(await answer.arrayBuffer());
    const kept = ['dazaar-proof', 'dazaar-core-key', 'dazaar-length', 'content-type'];
    const passed = Object.fromEntries(
      kept.map((name) => [name, answer.headers.get(name) ?? undefined]),
    );
    const isBlocks = req.url!.includes('/blocks') && answer.ok;
    const changed = isBlocks
      ? await change({ headers: passed, body }, req.url!)
      : { headers: passed, body };
    for (const [name, value] of Object.entries(changed.headers))
      if (value) res.setHeader(name, value);
    res.writeHead(answer.status).end(changed.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function isFraud(
  change: (answer: Answer, url: string) => Promise<Answer> | Answer,
): Promise<void> {
  await withProxy(change, async (url) => {
    await assert.rejects(collect(feedAt(url)), GatewayFraud);
  });
}

test('all blocks, or a range of them, come verified and in order', async () => {
  const all = await collect(feedAt());
  assert.deepEqual(all.rows, ROWS);
  const part = await collect(feedAt(), { start: 300, end: 303 });
  assert.deepEqual(part.indexes, [300, 301, 302]);
  assert.deepEqual(await collect(feedAt(), { start: 690, end: 9_999 }), {
    indexes: all.indexes.slice(690),
    rows: ROWS.slice(690),
  });
  assert.deepEqual((await collect(feedAt(), { start: 5_000 })).rows, []);
});

test('a gateway that passes everything on is as good as the first', async () => {
  await withProxy(
    (answer) => answer,
    async (url) => assert.deepEqual((await collect(feedAt(url))).rows, ROWS),
  );
});

test('a block with one bit changed is found out', async () => {
  await isFraud(({ headers, body }) => {
    body[body.length - 1]! ^= 1;
    return { headers, body };
  });
});

test('blocks that are left out, swapped or doubled are found out', async () => {
  const recut = (cut: (blocks: Buffer[]) => Buffer[]) =>
    isFraud(({ headers, body }) => ({
      headers,
      body: Buffer.from(encodeBlocks(cut(decodeBlocks(body)))),
    }));
  await recut((blocks) => blocks.slice(0, -1));
  await recut((blocks) => blocks.slice(1));
  await recut((blocks) => blocks.toReversed());
  await recut((blocks) => [...blocks, blocks[0]!]);
  await isFraud(({ headers, body }) => ({ headers, body: body.subarray(0, -1) }));
});

test('blocks of another core, with a true proof of theirs, are found out', async () => {
  await isFraud(async (_, url) => {
    const { seeder } = market;
    const elsewhere = new URL(url.replace(listing.feedId, other.feedId), seeder.gatewayUrl!);
    const headers = {
      authorization: await reader.bearer(),
      accept: 'application/vnd.dazaar.blocks',
    };
    const answer = await fetch(elsewhere, { headers });
    const body = Buffer.from(await answer.arrayBuffer());
    return { headers: { 'dazaar-proof': answer.headers.get('dazaar-proof')! }, body };
  });
});

test('a wrong signature, another range and no proof at all are found out', async () => {
  await isFraud(({ headers, body }) => {
    const proof = Buffer.from(String(headers['dazaar-proof']), 'base64url');
    for (let at = 0; at < proof.length; at += 1) proof[at]! ^= at > 90 && at < 100 ? 1 : 0;
    return { headers: { 'dazaar-proof': proof.toString('base64url') }, body };
  });
  await isFraud(({ body }) => ({ headers: {}, body }));
  await isFraud(async (_, url) => {
    const shifted = url.replace('start=0', 'start=1');
    const headers = {
      authorization: await reader.bearer(),
      accept: 'application/vnd.dazaar.blocks',
    };
    const answer = await fetch(new URL(shifted, market.seeder.gatewayUrl!), { headers });
    const body = Buffer.from(await answer.arrayBuffer());
    return { headers: { 'dazaar-proof': answer.headers.get('dazaar-proof')! }, body };
  });
});

test('an older head than was shown before is found out', async () => {
  const path = `/v1/feeds/${listing.feedId}/blocks?start=16&end=48`;
  const old = await reader.get(path, { accept: 'application/vnd.dazaar.blocks' });
  const kept = {
    headers: { 'dazaar-proof': old.headers.get('dazaar-proof')! },
    body: Buffer.from(await old.arrayBuffer()),
  };
  await append(market, listing.slug, [{ late: true }]);
  await isFraud((answer, url) => (url.includes('start=16&') ? kept : answer));
});

test('no access, and access that ends, are refusals and no fraud', async () => {
  const stranger = newReader(market);
  const feed = { ...feedAt(), authorize: () => stranger.bearer() };
  const refused = await assertRefused(collect(feed));
  assert.deepEqual([refused.status, refused.code], [402, 'payment-required']);
  assert.match(refused.challenge!, /^L402 /);

  await stranger.grant(listing.feedId);
  const read = fetchBlocks(feed, { start: 0 });
  await read.next();
  await stranger.revoke(listing.feedId);
  const { gate } = market.seeder;
  await until(async () => !gate.grants(stranger.keyPair.publicKey, listing.feedId));
  const ended = await assertRefused(
    (async () => {
      for await (const _ of read);
    })(),
  );
  assert.equal(ended.status, 402);
});

async function assertRefused(promise: Promise<unknown>): Promise<GatewayRefusal> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof GatewayRefusal, String(error));
  return error;
}
