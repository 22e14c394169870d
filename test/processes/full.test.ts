import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MortalDatabase, startMortalDatabase } from '../../chaos/database.ts';
import { type Order, order as orderShape } from '../../contract/index.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { append, pay, placeOrder, readOrder, until } from '../support/shop.ts';
import { mountSmallDisk, type SmallDisk, withoutSmallDisk } from '../support/small-disk.ts';

const PATIENCE_MS = 60_000;
/** No answer takes longer, whatever is the matter. */
const ANSWER_MS = 30_000;
const AWAY_MS = 2_000;
const DISK_MB = 64;
const MAX_ORDERS = 300;
const hex = (bytes: number) => randomBytes(bytes).toString('hex');

interface Request {
  idempotencyKey: string;
  buyerKey: string;
}

describe('a market whose PostgreSQL has no more to give', () => {
  const owned = new AsyncDisposableStack();
  let several: Several;
  let db: MortalDatabase;
  let disk: SmallDisk | undefined;
  before(async () => {
    if (!withoutSmallDisk) disk = owned.use(await mountSmallDisk(DISK_MB));
    const database = async (dir: string) => {
      db = await startMortalDatabase(join(dir, 'database'));
      if (disk) {
        await db.outside(`CREATE TABLESPACE small LOCATION '${disk.path}'`);
        await db.outside(`ALTER DATABASE ${db.name} SET TABLESPACE small`);
      }
      // As in production: what is kept for superusers is not for the market.
      await db.outside(
        `CREATE ROLE shop LOGIN PASSWORD 'shop' IN ROLE ${new URL(db.url).username}`,
      );
      const url = new URL(db.url);
      url.username = url.password = 'shop';
      return { ...db, url: url.href };
    };
    several = owned.use(await startSeveral({ database }));
    await several.stack.start('workers', 'workers', { RECONCILE_SECONDS: '2' });
  });
  after(() => owned.disposeAsync());

  it('A44 restarted in the middle: every answer is one or says when to come back, and all heals', async () => {
    const trade = startTrade();
    await until(async () => trade.placed() >= 3, PATIENCE_MS);
    await db.killServer(AWAY_MS);
    await trade.heals();
    await db.cutConnections();
    await trade.heals();
    await trade.end();
  });

  it('A44 without a connection left it says when to come back, and goes on when there is one', async () => {
    const trade = startTrade();
    await until(async () => trade.placed() >= 1, PATIENCE_MS);
    await db.outside(`ALTER DATABASE ${db.name} CONNECTION LIMIT 0`);
    try {
      await db.outside(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop'`,
      );
      await until(async () => trade.refused() >= 3, PATIENCE_MS);
      await sleep(AWAY_MS);
    } finally {
      await db.outside(`ALTER DATABASE ${db.name} CONNECTION LIMIT -1`);
    }
    await trade.heals();
    await trade.end();
  });

  it('A44 with its disk full it says so, reads on, and does what was left when there is space', {
    skip: withoutSmallDisk,
  }, async () => {
    const { shop, listing, buyer, server } = several;
    const open = await placeOrder(shop, listing.slug);
    disk!.fill();
    const requests: Request[] = [];
    const rows = `${JSON.stringify({ n: hex(200_000) })}\n`;
    const batchId = hex(8);
    const send = () =>
      fetch(`${server.url}/v1/seller/listings/${listing.slug}/blocks?batchId=${batchId}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shop.apiKey}`, 'content-type': 'application/x-ndjson' },
        body: rows,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    try {
      await isUnavailable(await send());
      // There is room in pages that are there already; soon there is none.
      for (let refused = 0; refused < 3; ) {
        assert.ok(requests.length < MAX_ORDERS, 'the disk is full, and every order is taken');
        const request = { idempotencyKey: hex(16), buyerKey: hex(32) };
        requests.push(request);
        const answer = await post(request);
        if (answer.status !== 201) refused += 1;
        if (answer.status !== 201) await isUnavailable(answer);
      }
      await pay(buyer, open);
      for (const path of [
        '/',
        '/v1/listings',
        `/v1/listings/${listing.slug}`,
        `/v1/orders/${open.id}`,
      ]) {
        assert.equal((await fetch(`${server.url}${path}`)).status, 200, path);
      }
    } finally {
      disk!.free();
    }
    const { length } = await db.prisma.feedCore.findFirstOrThrow({
      where: { feedId: listing.feedId },
    });
    await until(async () => (await readOrder(shop, open.id)).state === 'paid', PATIENCE_MS);
    const placed: Order[] = [];
    for (const request of requests) placed.push(await placeOrder(shop, listing.slug, request));
    const keys = requests.map(({ buyerKey }) => Buffer.from(buyerKey, 'hex'));
    const count = await db.prisma.order.count({ where: { buyerKey: { in: keys } } });
    assert.equal(
      count,
      requests.length,
      'an order for each, and nothing of those that were refused',
    );
    const again = await send();
    assert.equal(again.status, 201, await again.text());
    await append(shop, listing.slug, [{ n: 3 }]);
    const grown = await db.prisma.feedCore.findFirstOrThrow({ where: { feedId: listing.feedId } });
    assert.equal(grown.length, length + 2n);
    await pay(buyer, placed.at(-1)!);
    await until(
      async () => (await readOrder(shop, placed.at(-1)!.id)).state === 'paid',
      PATIENCE_MS,
    );
    await checkInvariants(db.prisma, connect(several.stack.lightning.nodes.market));
  });

  /** Somebody who reads, and somebody who orders and pays, whatever comes back. */
  function startTrade() {
    const over = new AbortController();
    const faults: string[] = [];
    const requests: Request[] = [];
    const told = new Map<string, Order>();
    let [refused, reads] = [0, 0];
    const note = async (answer: Response) => {
      if (answer.status === 503) {
        refused += 1;
        await isUnavailable(answer);
      } else assert.fail(`${answer.status} ${await answer.text()}`);
    };
    const order = async (request: Request) => {
      const answer = await post(request);
      if (answer.status !== 201) return note(answer);
      const placed = orderShape.parse(await answer.json());
      told.set(request.idempotencyKey, placed);
      await pay(several.buyer, placed);
    };
    const read = async () => {
      const path = ['/v1/listings', `/v1/listings/${several.listing.slug}`][reads++ % 2];
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(`${several.server.url}${path}`, { signal });
      if (answer.status !== 200) await note(answer);
      else await answer.text();
    };
    const repeat = async (work: () => Promise<unknown>) => {
      while (!over.signal.aborted) {
        await work().catch((error: Error) => faults.push(`${error} ${error.cause ?? ''}`));
        await sleep(100);
      }
    };
    const running = [
      repeat(read),
      repeat(() => {
        const request = { idempotencyKey: hex(16), buyerKey: hex(32) };
        requests.push(request);
        return order(request);
      }),
    ];
    return {
      placed: () => told.size,
      refused: () => refused,
      /** Waits until orders are taken again and again. */
      async heals() {
        const before = told.size;
        await until(async () => told.size >= before + 3, PATIENCE_MS);
      },
      async end() {
        over.abort();
        await Promise.all(running);
        assert.deepEqual(faults, []);
        for (const request of requests) {
          if (!told.has(request.idempotencyKey)) await order(request);
        }
        assert.deepEqual([told.size, requests.length], [requests.length, requests.length]);
        for (const { id } of told.values()) {
          await until(
            async () => (await readOrder(several.shop, id)).state === 'paid',
            PATIENCE_MS,
          );
        }
        const keys = requests.map(({ buyerKey }) => Buffer.from(buyerKey, 'hex'));
        const count = await db.prisma.order.count({ where: { buyerKey: { in: keys } } });
        assert.equal(count, requests.length, 'one order for each request');
        await checkInvariants(db.prisma, connect(several.stack.lightning.nodes.market));
      },
    };
  }

  function post({ idempotencyKey, buyerKey }: Request): Promise<Response> {
    const body = { listing: several.listing.slug, plan: 'minute', quantity: 1, buyerKey };
    return fetch(`${several.server.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  }
});

async function isUnavailable(answer: Response): Promise<void> {
  const text = await answer.text();
  assert.equal(answer.status, 503, text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.equal((JSON.parse(text) as { code: string }).code, 'unavailable');
}
