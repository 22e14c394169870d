import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';
import { until } from '../support/until.ts';
import { newReader, type Reader } from './reader.ts';

const ROWS = Array.from({ length: 10 }, (_, n) => ({ n }));
const FROM = 6;

describe('the gateway, where a plan opens a part of the history', () => {
  let market: TestMarket;
  let listing: ShopListing;
  let reader: Reader;
  before(async () => {
    market = await startMarket();
    listing = await listFeed(market, ROWS);
    reader = newReader(market);
    await reader.grant(listing.feedId, null, { fromBlock: BigInt(FROM) });
  });
  after(() => market[Symbol.asyncDispose]());

  const get = (path: string, headers?: Record<string, string>) =>
    reader.get(`/v1/feeds/${listing.feedId}/${path}`, headers);
  const numbers = async (path: string) => {
    const answer = await get(path);
    const lines = (await answer.text()).split('\n').filter(Boolean);
    return {
      range: answer.headers.get('dazaar-range'),
      n: lines.map((line) => JSON.parse(line).n),
    };
  };
  const refused = async (answer: Response) => {
    const { code, detail } = (await answer.json()) as { code: string; detail: string };
    assert.deepEqual([answer.status, code], [403, 'history-not-included']);
    assert.match(detail, /begins at block 6/);
  };

  it('says which block is the first, and starts there', async () => {
    const head = (await (await get('head')).json()) as { fromBlock: number; length: number };
    assert.deepEqual([head.fromBlock, head.length], [FROM, 10]);
    assert.deepEqual(await numbers('blocks'), { range: '6-10', n: [6, 7, 8, 9] });
    assert.deepEqual(await numbers('blocks?start=8'), { range: '8-10', n: [8, 9] });
    assert.deepEqual(await numbers('blocks?start=6&end=7'), { range: '6-7', n: [6] });
  });

  it('clips what is counted from the end, as it does at the beginning of a feed', async () => {
    assert.deepEqual(await numbers('blocks?start=-2'), { range: '8-10', n: [8, 9] });
    assert.deepEqual(await numbers('blocks?start=-9'), { range: '6-10', n: [6, 7, 8, 9] });
    assert.deepEqual(await numbers('blocks?end=3'), { range: '6-6', n: [] });
  });

  it('refuses older blocks, in whatever format and however they are asked for', async () => {
    for (const start of [0, 5]) {
      for (const accept of ['application/x-ndjson', 'application/vnd.dazaar.blocks']) {
        await refused(await get(`blocks?start=${start}`, { accept }));
      }
      await refused(await get(`tail?start=${start}`));
    }
    await refused(await get('tail', { 'last-event-id': '2' }));
    await refused(await get('blocks?start=2&end=3'));
  });

  it('opens them as soon as they are bought', async () => {
    await reader.grant(listing.feedId, new Date(Date.now() + 60_000), { fromBlock: 0n });
    await until(async () => (await get('blocks?start=0&end=2')).status === 200);
    assert.deepEqual((await numbers('blocks?start=0&end=2')).n, [0, 1]);
  });
});
