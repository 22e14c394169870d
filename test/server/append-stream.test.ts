import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appended, appended } from '../../contract/index.ts';
import { takeAway } from '../seeder/market.ts';
import { freePort } from '../support/free-port.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { startProgram } from '../support/process.ts';
import { until } from '../support/shop.ts';
import { addFeed, type HostedFeed, openFeed, send, texts } from './feed-client.ts';

const NDJSON = 'application/x-ndjson';
const PARTS_IN_FLIGHT = 4;
const LINE_BYTES = 1_000;

describe('appending a stream', () => {
  let market: TestMarket;
  const checks: (() => Promise<void>)[] = [];
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(async () => {
    await market.seeder.stop();
    try {
      for (const check of checks) await check();
    } finally {
      await market[Symbol.asyncDispose]();
    }
  });

  const linesOf = (count: number) =>
    Array.from({ length: count }, (_, n) => `{"n":${n},"x":"${'x'.repeat(LINE_BYTES)}"}`);
  const rows = ({ feedId }: HostedFeed) =>
    market.db.prisma.appendBatch.count({ where: { feedId } });

  function open({ slug }: HostedFeed, url = market.server.url): ClientRequest {
    const req = request(`${url}/v1/seller/listings/${slug}/blocks?batchId=b`, { method: 'POST' });
    req.setHeader('authorization', `Bearer ${market.apiKey}`);
    req.setHeader('content-type', NDJSON);
    return req;
  }

  async function resend({ slug }: HostedFeed, lines: string[]): Promise<Appended> {
    const path = `/v1/seller/listings/${slug}/blocks?batchId=b`;
    const answer = await send(market, 'POST', path, { 'content-type': NDJSON })(lines.join('\n'));
    const body = await answer.json();
    assert.equal(answer.status, 201, JSON.stringify(body));
    return appended.parse(body);
  }

  /** What stands in the core can be read once the seeder has let go of it. */
  function holdsInTheEnd({ feedId }: HostedFeed, lines: string[]): void {
    checks.push(async () => {
      assert.deepEqual(await openFeed(market.dir, feedId, 'hypercore', texts), lines);
    });
  }

  it('A39 of a body that breaks off, whole parts stay, and the batch again completes it', async () => {
    const feed = await addFeed(market);
    const lines = linesOf(3_500);
    const cut = open(feed);
    cut.on('error', () => {});
    cut.write(lines.slice(0, 2_500).join('\n'));
    await until(async () => (await rows(feed)) === 2);
    cut.destroy();
    await sleep(200);
    assert.equal(await rows(feed), 2, 'the part that was not whole is not there');
    const { blocks, length, ranges } = await resend(feed, lines);
    assert.deepEqual([blocks, length, ranges.length], [3_500, 3_500, 1]);
    assert.equal(await rows(feed), 4);
    holdsInTheEnd(feed, lines);
  });

  it('A39 of a body that is wrong in its middle, the parts ahead stay, and the batch mended completes it', async () => {
    const feed = await addFeed(market);
    const lines = linesOf(2_000);
    const req = open(feed);
    const answered = once(req, 'response') as Promise<[IncomingMessage]>;
    req.end(`${lines.slice(0, 1_500).join('\n')}\n{"n":`);
    const [res] = await answered;
    assert.equal(res.statusCode, 422);
    assert.match(await text(res), /Line 1501 /);
    assert.equal((await resend(feed, lines)).blocks, 2_000);
    holdsInTheEnd(feed, lines);
  });

  it('hears of a wrong line while it is still sending', async () => {
    const feed = await addFeed(market);
    const req = open(feed);
    req.on('error', () => {});
    const answered = once(req, 'response') as Promise<[IncomingMessage]>;
    req.write('{}\n{\n');
    const [res] = await answered;
    assert.equal(res.statusCode, 422);
    assert.equal(res.headers.connection, 'close');
    await text(res);
    req.destroy();
  });

  it('takes no more of a body than the feed takes in', async () => {
    const feed = await addFeed(market);
    await resend(feed, ['0']);
    const lines = linesOf(20_000);
    const req = open(feed);
    req.path = req.path.replace('batchId=b', 'batchId=c');
    const answered = once(req, 'response') as Promise<[IncomingMessage]>;
    await market.db.prisma.$transaction(
      async (tx) => {
        // The seeder cannot say that anything is appended.
        await tx.$queryRaw`SELECT 1 FROM feed_cores WHERE feed_id = ${feed.feedId}::uuid FOR UPDATE`;
        req.end(lines.join('\n'));
        await until(async () => (await rows(feed)) === 1 + PARTS_IN_FLIGHT);
        await sleep(1_000);
        assert.equal(await rows(feed), 1 + PARTS_IN_FLIGHT);
      },
      { timeout: 30_000 },
    );
    const [res] = await answered;
    const { blocks, length } = appended.parse(JSON.parse(await text(res)));
    assert.deepEqual([blocks, length], [20_000, 20_001]);
    holdsInTheEnd(feed, ['0', ...lines]);
  });

  it('A44 with PostgreSQL away in the middle it says so, and the batch again completes it', async () => {
    const feed = await addFeed(market);
    const lines = linesOf(4_000);
    const req = open(feed);
    const answered = once(req, 'response') as Promise<[IncomingMessage]>;
    req.write(`${lines.slice(0, 1_500).join('\n')}\n`);
    await until(async () => (await rows(feed)) === 1);
    const postgres = await takeAway(market.db);
    req.end(lines.slice(1_500).join('\n'));
    const [res] = await answered;
    assert.equal(res.statusCode, 503);
    await text(res);
    await postgres.back();
    await until(async () => (await fetch(`${market.server.url}/v1/listings`)).status === 200);
    assert.equal((await resend(feed, lines)).blocks, 4_000);
    holdsInTheEnd(feed, lines);
  });

  it('killed in the middle, a server leaves a batch that another one completes', async () => {
    const feed = await addFeed(market);
    const lines = linesOf(6_000);
    for (const enough of [1, 3]) {
      const port = await freePort();
      await using server = await startProgram(market, 'server/main.ts', { PORT: String(port) });
      const req = open(feed, `http://127.0.0.1:${port}`);
      const failed = once(req, 'error');
      req.write(lines.slice(0, enough * 1_300).join('\n'));
      await until(async () => (await rows(feed)) >= enough);
      await server.kill('SIGKILL');
      await failed.catch(() => {});
      req.destroy();
    }
    const { blocks, ranges } = await resend(feed, lines);
    assert.deepEqual([blocks, ranges], [6_000, [{ firstIndex: 0, blocks: 6_000 }]]);
    holdsInTheEnd(feed, lines);
  });
});
