import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import Hyperbee from 'hyperbee';
import { entriesPut, problem } from '../../contract/index.ts';
import { connectBuyer, type TestBuyer, until } from '../seeder/loopback.ts';
import { grant } from '../seeder/market.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { addFeed, type HostedFeed, send } from './feed-client.ts';

const REFUSED_MS = 700;

describe('putting entries', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  const post = (
    { slug }: HostedFeed,
    body: unknown,
    batchId = randomBytes(8).toString('hex'),
    contentType = 'application/json',
  ) =>
    send(market, 'POST', `/v1/seller/listings/${slug}/entries?batchId=${batchId}`, {
      'content-type': contentType,
    })(typeof body === 'string' ? body : JSON.stringify(body));
  const accepted = async (answer: Response) => {
    const body = await answer.json();
    assert.equal(answer.status, 201, JSON.stringify(body));
    return entriesPut.parse(body);
  };

  async function openBee(buyer: TestBuyer, { feedId }: HostedFeed): Promise<Hyperbee> {
    const { key } = await market.db.prisma.feedCore.findFirstOrThrow({ where: { feedId } });
    const core = await buyer.open(key);
    return new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'json' });
  }

  async function contents(bee: Hyperbee): Promise<[string, unknown][]> {
    const entries: [string, unknown][] = [];
    for await (const { key, value } of bee.createReadStream({}, { timeout: 15_000 })) {
      entries.push([key, value]);
    }
    return entries;
  }

  it('brings a batch into force together, and a granted buyer reads it, a stranger nothing', async () => {
    const feed = await addFeed(market, 'hyperbee');
    const puts = Array.from({ length: 200 }, (_, n) => ({
      op: 'put',
      key: `k${String(n).padStart(3, '0')}`,
      value: { n, text: 'ü', nothing: null },
    }));
    const first = await accepted(await post(feed, puts));
    assert.equal(first.entries, 200);
    const lines = [
      { op: 'del', key: 'k000' },
      { op: 'put', key: 'k001', value: null },
      { op: 'del', key: 'there is none' },
    ];
    const ndjson = lines.map((line) => JSON.stringify(line)).join('\n');
    const second = await accepted(await post(feed, ndjson, 'two', 'application/x-ndjson'));
    assert.equal(second.length, first.length + 2);

    await using stranger = await connectBuyer(market.bootstrap, market.seeder.key);
    const unseen = await openBee(stranger, feed);
    assert.equal(await unseen.get('k007', { timeout: REFUSED_MS }).catch(() => null), null);
    assert.equal(unseen.core.length, 0);

    await using buyer = await connectBuyer(market.bootstrap, market.seeder.key);
    await grant(market.db.prisma, feed.feedId, buyer.key, null);
    await until(() => buyer.said.some((message) => 'valid' in message), 'the grant is told');
    const bee = await openBee(buyer, feed);
    await bee.core.update({ wait: true });
    const entries = await contents(bee);
    assert.equal(entries.length, 199);
    assert.deepEqual(entries.slice(0, 2), [
      ['k001', null],
      ['k002', puts[2]!.value],
    ]);
    assert.deepEqual((await bee.checkout(first.length).get('k000'))?.value, puts[0]!.value);
  });

  it('applies a batch once, whichever way it comes, and refuses another under its id', async () => {
    const feed = await addFeed(market, 'hyperbee');
    const batch = [
      { op: 'put', key: 'a', value: 1 },
      { op: 'del', key: 'a' },
      { op: 'put', key: 'a', value: 2 },
    ];
    const first = await accepted(await post(feed, batch, 'one'));
    const ndjson = batch.map((line) => JSON.stringify(line)).join('\n');
    const again = await Promise.all([
      post(feed, batch, 'one'),
      post(feed, ndjson, 'one', 'application/x-ndjson'),
    ]);
    for (const answer of again) assert.deepEqual(await accepted(answer), first);
    const other = await post(feed, batch.slice(0, 2), 'one');
    assert.equal(other.status, 422);
    assert.equal(problem.parse(await other.json()).code, 'batch-differs');
  });

  it('takes deletions of what is not there as no change', async () => {
    const feed = await addFeed(market, 'hyperbee');
    const nothing = await accepted(await post(feed, [{ op: 'del', key: 'none' }], 'empty'));
    assert.deepEqual(
      await accepted(await post(feed, [{ op: 'del', key: 'none' }], 'empty')),
      nothing,
    );
    const put = await accepted(await post(feed, [{ op: 'put', key: 'a', value: 1 }]));
    assert.equal(put.length, nothing.length + 1);
  });

  it('A39 refuses what is no change, and says which', async () => {
    const feed = await addFeed(market, 'hyperbee');
    const put = { op: 'put', key: 'a', value: 1 };
    const deep = JSON.stringify({ ...put, value: 0 }).replace(
      '0}',
      `${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    );
    const wrong: [unknown, number, RegExp][] = [
      ['', 422, /JSON array/],
      ['[', 422, /JSON array/],
      [put, 422, /JSON array/],
      [[], 422, /no change/],
      [[put, { op: 'put', key: 'a' }], 422, /Change 2/],
      [[{ op: 'put', value: 1 }], 422, /Change 1.key/],
      [[{ ...put, key: '' }], 422, /Change 1.key/],
      ['[{"op":"put","key":"\\ud800","value":1}]', 422, /Change 1.key/],
      [[{ ...put, key: 'x'.repeat(1025) }], 422, /Change 1.key/],
      [[{ ...put, more: 1 }], 422, /Change 1/],
      [[{ op: 'get', key: 'a' }], 422, /Change 1.op/],
      [[null], 422, /Change 1/],
      [`[${deep}]`, 422, /too deep/],
      [Array(8_193).fill(put), 413, /8,192/],
      [[{ ...put, value: 'x'.repeat(4 * 1024 * 1024) }], 413, /4 MiB/],
    ];
    for (const [body, status, detail] of wrong) {
      const answer = await post(feed, body);
      const told = problem.parse(await answer.json());
      assert.equal(answer.status, status, JSON.stringify(told));
      assert.match(told.detail ?? '', detail);
    }
    const lines = `${JSON.stringify(put)}\n{"op":`;
    const cut = await post(feed, lines, 'x', 'application/x-ndjson');
    assert.match(problem.parse(await cut.json()).detail ?? '', /Line 2/);
    assert.equal(await market.db.prisma.appendBatch.count({ where: { feedId: feed.feedId } }), 0);
  });
});
