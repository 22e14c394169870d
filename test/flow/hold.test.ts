import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { serverSentEvents } from '../../buyer/server-sent-events.ts';
import type { Order } from '../../contract/index.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { connectSandbox } from '../../sandbox/client.ts';
import { connectBuyer } from '../seeder/loopback.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import {
  assertFailed,
  atNode,
  balanceMsat,
  changesOf,
  endHoldNow,
  HELD_PRICE_MSAT,
  invoiceRow,
  isLetIn,
  listHeld,
  payHeld,
  restartSeeder,
} from '../support/hold.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { startProgram } from '../support/process.ts';
import {
  call,
  listFeed,
  pay,
  placeOrder,
  readOrder,
  type ShopListing,
  until,
} from '../support/shop.ts';

const ORDER_TTL_MS = 600_000;
const PATIENCE_MS = 90_000;

describe('a held payment', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ orderTtlMs: ORDER_TTL_MS });
    buyer = connect(market.sandbox.nodes.buyer);
    listing = await listHeld(market);
  });
  after(() => market[Symbol.asyncDispose]());
  afterEach(() => checkInvariants(market.db.prisma, market.lightning));

  it('is taken when the buyer is let in: first the access, then the money', async () => {
    const key = new BuyerKey();
    const order = await placeOrder(market, listing.slug, { buyerKey: key.hex });
    assert.deepEqual([order.invoice?.settlement, order.invoice?.state], ['held', 'open']);
    await using swarm = await connectBuyer(market.bootstrap, market.seeder.key, { seed: key.seed });
    const core = await swarm.open(Buffer.from(listing.coreKey, 'hex'));
    const block = core.get(0, { timeout: PATIENCE_MS });
    const seen = watchStates(order);
    await pay(buyer, order);
    assert.equal(String(await block), '{"n":0}');
    await isNow(order, 'paid');
    const states = await seen;
    const all = ['open/open', 'open/held', 'paid/settled'];
    assert.deepEqual(
      states,
      all.filter((state) => states.includes(state)),
    );
    assert.equal(states.at(-1), 'paid/settled');
    const { grant, payments, refundableMsat } = await readOrder(market, order.id);
    assert.equal(grant!.expiresAtMs! - grant!.startsAtMs, 60_000, 'held time is not charged');
    assert.deepEqual([payments.length, payments[0]?.outcome, refundableMsat], [1, 'settled', '0']);
    const { heldAt, servedAt, servedBy } = await invoiceRow(market, order);
    assert.ok(heldAt! <= servedAt! && servedAt!.getTime() <= grant!.startsAtMs);
    assert.deepEqual(Buffer.from(servedBy!), market.seeder.key);
    assert.deepEqual(await changesOf(market, order), ['issued']);
    const sold = await market.db.prisma.ledgerEntry.aggregate({
      where: { account: { kind: { in: ['seller', 'commission'] } } },
      _sum: { amountMsat: true },
    });
    assert.equal(sold._sum.amountMsat, HELD_PRICE_MSAT);
  });

  it('of a renewal is taken as well, and its time appended', async () => {
    const { hex: buyerKey } = new BuyerKey();
    const first = await buyHeld({ buyerKey });
    const second = await buyHeld({ buyerKey });
    const { grant } = await readOrder(market, second.id);
    assert.equal(grant!.expiresAtMs! - grant!.startsAtMs, 120_000);
    assert.deepEqual(await changesOf(market, first), ['issued', 'extended']);
  });

  it('buys access without an end', async () => {
    const order = await buyHeld({ plan: 'forever' });
    assert.equal((await readOrder(market, order.id)).grant!.expiresAtMs, null);
  });

  it('A09 of more than the price owes the surplus back', async () => {
    const odd = connectSandbox(market.sandbox.nodes.buyer);
    const order = await placeOrder(market, listing.slug);
    const { isPaid } = await odd.payOff(order.invoice!.bolt11, HELD_PRICE_MSAT + 700n);
    odd.close();
    assert.ok(isPaid);
    await isNow(order, 'paid');
    assert.equal((await readOrder(market, order.id)).refundableMsat, '700');
  });

  it('is no concern of listings that take payments directly', async () => {
    const direct = await listFeed(market, []);
    const order = await placeOrder(market, direct.slug);
    assert.equal(order.invoice?.settlement, 'direct');
    await pay(buyer, order);
    await isNow(order, 'paid');
    const { hold, heldAt } = await invoiceRow(market, order);
    assert.deepEqual([hold, heldAt], [false, null]);
  });

  it('is an option of a listing, for orders from its change on', async () => {
    const changing = await listFeed(market, []);
    const before = await placeOrder(market, changing.slug);
    await change(changing, { settlement: 'held' });
    const after = await placeOrder(market, changing.slug);
    assert.deepEqual([before.invoice?.settlement, after.invoice?.settlement], ['direct', 'held']);
    assert.equal((await readOrder(market, before.id)).invoice?.settlement, 'direct');
    await pay(buyer, before);
    await isNow(before, 'paid');
    await change(changing, { title: 'another title' });
    assert.equal((await placeOrder(market, changing.slug)).invoice?.settlement, 'held');
  });

  it('is taken once by two workers', async () => {
    await using _ = await startProgram(market, 'workers/main.ts');
    const orders = await Promise.all(
      Array.from({ length: 6 }, () => placeOrder(market, listing.slug)),
    );
    await Promise.all(orders.map((order) => pay(buyer, order)));
    for (const order of orders) {
      await isNow(order, 'paid');
      assert.deepEqual(await changesOf(market, order), ['issued']);
    }
  });

  it('A31 is taken although the listing was changed and withdrawn after the order', async () => {
    const gone = await listHeld(market);
    const order = await placeOrder(market, gone.slug);
    await call(market, 'POST', `/v1/seller/listings/${gone.slug}/withdraw`, undefined, 200);
    await pay(buyer, order);
    await isNow(order, 'paid');
    assert.equal((await readOrder(market, order.id)).payments[0]?.outcome, 'settled');
  });

  it('A13 is taken after the node was killed and came back', async () => {
    const order = await placeOrder(market, listing.slug);
    await market.sandbox.restart();
    await until(() => isPayable(order), PATIENCE_MS);
    void buyer.pay(payment(order)).catch(() => {});
    await isNow(order, 'paid');
  });

  it('goes back when no seeder is there, and the order says so', async () => {
    const { hex: buyerKey } = new BuyerKey();
    const live = await buyHeld({ buyerKey });
    const before = (await readOrder(market, live.id)).grant!;
    await market.seeder.stop();
    const balance = await balanceMsat(market);
    const [renewal, other] = [
      await placeOrder(market, listing.slug, { buyerKey }),
      await placeOrder(market, listing.slug),
    ];
    for (const order of [renewal, other]) {
      const { paid } = await payHeld(market, buyer, order);
      await until(async () => (await readOrder(market, order.id)).invoice?.state === 'held');
      assert.equal((await readOrder(market, order.id)).state, 'open');
      await endHoldNow(market, order);
      await assertFailed(paid);
      await isNow(order, 'lapsed');
      const { lapseReason, invoice, payments, grant } = await readOrder(market, order.id);
      assert.deepEqual([lapseReason, invoice?.state], ['undelivered', 'cancelled']);
      assert.deepEqual([payments, grant], [[], null]);
    }
    assert.equal(await balanceMsat(market), balance);
    assert.deepEqual(await changesOf(market, live), ['issued']);
    assert.deepEqual((await readOrder(market, live.id)).grant, before, 'what was there stays');
    assert.deepEqual(await changesOf(market, other), []);
    const topics = await market.db.prisma.outbox.findMany({ where: { subjectId: other.id } });
    assert.deepEqual(
      topics.map(({ topic }) => topic),
      ['order.lapsed'],
    );
  });

  it('is taken by whichever seeder is there at last, if that is in time', async () => {
    const order = await placeOrder(market, listing.slug);
    await payHeld(market, buyer, order);
    await using again = await disposable(market);
    await isNow(order, 'paid');
    assert.ok(isLetIn(again.seeder, listing, order));
  });

  async function disposable(from: TestMarket) {
    const seeder = await restartSeeder(from);
    return { seeder, [Symbol.asyncDispose]: () => seeder.stop() };
  }

  async function buyHeld(options: { buyerKey?: string; plan?: string }): Promise<Order> {
    const order = await placeOrder(market, listing.slug, options);
    await pay(buyer, order);
    await isNow(order, 'paid');
    return order;
  }

  async function isNow({ id }: Order, state: Order['state']): Promise<void> {
    await until(async () => (await readOrder(market, id)).state === state, PATIENCE_MS);
  }

  async function isPayable(order: Order): Promise<boolean> {
    return (await atNode(market, order).catch(() => null))?.state === 'open';
  }

  async function change({ slug }: ShopListing, body: object): Promise<void> {
    const url = `${market.server.url}/v1/seller/listings/${slug}`;
    const authorization = `Bearer ${market.apiKey}`;
    const seen = await fetch(url, { headers: { authorization } });
    const answer = await fetch(url, {
      method: 'PATCH',
      headers: {
        authorization,
        'content-type': 'application/json',
        'if-match': seen.headers.get('etag')!,
      },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  function payment({ invoice }: Order) {
    return { bolt11: invoice!.bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 };
  }

  /** The states that whoever watches the order is told of, each once. */
  async function watchStates({ id }: Order): Promise<string[]> {
    const answer = await fetch(`${market.server.url}/v1/orders/${id}/events`);
    const seen: string[] = [];
    for await (const { data } of serverSentEvents(answer.body!)) {
      const { state, invoice } = JSON.parse(data) as Order;
      const now = `${state}/${invoice?.state}`;
      if (seen.at(-1) !== now) seen.push(now);
    }
    return seen;
  }
});
