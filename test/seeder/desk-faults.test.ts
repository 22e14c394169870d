import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { OrderState } from '../../protocol/messages.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { type KillPoint, loadProgram } from '../support/process.ts';
import { listFeed, pay, type ShopListing } from '../support/shop.ts';
import { connectBuyer, type Question, type TestBuyer, until } from './loopback.ts';
import { takeAway } from './market.ts';

const PATIENCE_MS = 60_000;
// An order is placed from its lock to the row that says that its invoice is open.
const PLACING = {
  from: 'pg_try_advisory_xact_lock',
  to: 'UPDATE "public"."invoices"',
  only: ['"public"."invoices"', '"public"."orders"', '"public"."listings"'],
  warm: ['seeder/seeder.ts', 'boot/context.ts', 'boot/config.ts'],
};
const KILL_POINTS: Record<string, KillPoint> = {
  'before anything is written': { ...PLACING, at: 1, when: 'answered' },
  'with the order written and no invoice': { ...PLACING, at: 'COMMIT', when: 'answered' },
  'with an invoice at the node that no row tells of': {
    ...PLACING,
    from: PLACING.to,
    at: 1,
    when: 'sent',
  },
};

describe('a desk', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    listing = await listFeed(market, [{ n: 1 }]);
  });
  after(() => market[Symbol.asyncDispose]());

  for (const [where, point] of Object.entries(KILL_POINTS)) {
    it(`A04 that is killed ${where} leaves one order, which another seeder finishes`, async () => {
      await using loaded = loadProgram(market, 'seeder/main.ts', point, {
        DAZAAR_DATA: `${market.dir}/${randomBytes(4).toString('hex')}`,
        MARKET_SEED: Buffer.alloc(32, 7).toString('hex'),
        DHT_BOOTSTRAP: market.bootstrap.map(({ host, port }) => `${host}:${port}`).join(),
      });
      const doomed = await loaded.start();
      const seed = randomBytes(32);
      const question = order();
      {
        await using buyer = await connectBuyer(market.bootstrap, await otherSeeder(), { seed });
        buyer.channel.ask({ ...question, id: 0 });
        assert.equal(await doomed.ended, 'SIGKILL');
      }
      await using buyer = await visit(seed);
      const placed = await ask(buyer, question);
      assert.ok(placed.invoice, 'it can be paid');
      const buyerKey = Uint8Array.from(buyer.key);
      assert.equal(await market.db.prisma.order.count({ where: { buyerKey } }), 1);
      assert.equal(await market.db.prisma.invoice.count({ where: { order: { buyerKey } } }), 1);
      await paidAndHeard(buyer, placed);
      await checkInvariants(market.db.prisma, market.lightning);
    });
  }

  it('A13 whose node is away refuses by that name, shows what it sells, and finishes the order later', async () => {
    await using buyer = await visit();
    const question = order();
    await market.sandbox.kill('SIGKILL');
    const { refused } = await buyer.ask(question);
    assert.equal(refused?.code, 'node-unreachable');
    assert.ok((await ask(buyer, { what: 'card', core: listing.coreKey })).card);
    await market.sandbox.restart();
    let placed: OrderState | undefined;
    await until(
      async () => {
        placed = (await buyer.ask(question)).value;
        return placed !== undefined;
      },
      'the node is back',
      PATIENCE_MS,
    );
    const buyerKey = Uint8Array.from(buyer.key);
    assert.equal(await market.db.prisma.order.count({ where: { buyerKey } }), 1);
    await paidAndHeard(buyer, placed!);
  });

  it('A44 whose database is away says so, and answers again when it is back', async () => {
    await using buyer = await visit();
    const question = { what: 'card', core: listing.coreKey } as const;
    const away = await takeAway(market.db);
    try {
      const { refused } = await buyer.ask(question);
      assert.equal(refused?.code, 'unavailable');
    } finally {
      await away.back();
    }
    await until(async () => (await buyer.ask(question)).value, 'it answers', PATIENCE_MS);
  });

  it('tells of a payment that came while nobody could be told, once the database is back', async () => {
    await using buyer = await visit();
    const placed = await ask(buyer, order());
    const away = await takeAway(market.db);
    await pay(connect(market.sandbox.nodes.buyer), placed as never);
    await away.back();
    await until(() => buyer.heard.order.at(-1)?.state === 'paid', 'told', PATIENCE_MS);
  });

  it('sells what is held until the buyer is let in', async () => {
    const { feedId } = await listFeed(market, [{ n: 1 }], undefined, { settlement: 'held' });
    await using buyer = await visit();
    const placed = await ask(buyer, { ...order(), feedId });
    assert.equal(placed.invoice?.settlement, 'held');
    await paidAndHeard(buyer, placed);
    const states = buyer.heard.order.map(({ invoice }) => invoice?.state);
    assert.equal(states.at(-1), 'settled');
  });

  function visit(seed?: Uint8Array): Promise<TestBuyer> {
    return connectBuyer(market.bootstrap, market.seeder.key, seed ? { seed } : {});
  }

  function order() {
    return {
      what: 'order',
      feedId: listing.feedId,
      plan: 'minute',
      quantity: 1,
      idempotencyKey: randomBytes(16).toString('hex'),
    } as const;
  }

  async function otherSeeder(): Promise<Uint8Array> {
    const own = Uint8Array.from(market.seeder.key);
    let key: Uint8Array | undefined;
    await until(async () => {
      const rows = await market.db.prisma.seeder.findMany({
        where: { noiseKey: { not: own } },
        orderBy: { seenAt: 'desc' },
      });
      key = rows[0]?.noiseKey;
      return key !== undefined;
    }, 'another seeder is up');
    await market.db.prisma.seeder.deleteMany({ where: { noiseKey: { not: own } } });
    return key!;
  }

  async function paidAndHeard(buyer: TestBuyer, placed: OrderState): Promise<void> {
    await pay(connect(market.sandbox.nodes.buyer), placed as never);
    await until(() => buyer.heard.order.at(-1)?.state === 'paid', 'it is paid', PATIENCE_MS);
    assert.equal(buyer.heard.order.at(-1)!.grant?.state, 'live');
    await until(() => buyer.said.some((each) => 'valid' in each), 'let in', PATIENCE_MS);
  }
});

async function ask(buyer: TestBuyer, question: Question) {
  const { value, refused } = await buyer.ask(question);
  assert.equal(refused, undefined, JSON.stringify(refused));
  return value;
}
