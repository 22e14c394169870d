import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../contract/index.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { withoutRedis } from '../support/redis.ts';
import { listFeed, pay, placeOrder, readOrder, until } from '../support/shop.ts';
import type { StackProgram } from '../support/stack.ts';

const PATIENCE_MS = 45_000;
const AWAY_MS = 10_000;
const PERIOD_MS = 1_000;
const BUYERS = 6;

describe('processes whose jobs lie in Redis', { skip: withoutRedis }, () => {
  let several: Several;
  let slug: string;
  let workers: StackProgram[];
  before(async () => {
    several = await startSeveral();
    const plans = [{ name: 'short', kind: 'time', periodMs: PERIOD_MS, priceMsat: '1000' }];
    ({ slug } = await listFeed(several.shop, [], plans));
    workers = await Promise.all(['one', 'two'].map((name) => start(name)));
  });
  after(() => several[Symbol.asyncDispose]());
  afterEach(async () => {
    const { stack } = several;
    await checkInvariants(stack.db.prisma, connect(stack.lightning.nodes.market));
  });

  it('A43 credit what is paid and end it in time, while Redis is flushed again and again', async () => {
    const orders = Promise.all(Array.from({ length: BUYERS }, () => buy()));
    for (let i = 0; i < 5; i++) {
      await several.stack.redis!.command('FLUSHALL');
      await sleep(300);
    }
    for (const order of await orders) await isOver(order);
  });

  it('A43 credit what is paid while Redis is away, and do the rest when an empty one is back', async () => {
    const { redis } = several.stack;
    const awayUntilMs = Date.now() + AWAY_MS;
    await redis!.kill();
    const orders: Order[] = [];
    do {
      const order = await buy();
      await until(async () => (await readOrder(several.shop, order.id)).state === 'paid');
      orders.push(order);
      await sleep(500);
    } while (Date.now() < awayUntilMs);
    await redis!.start();
    for (const order of orders) await isOver(order);
  });

  it('A43 begin to credit also when Redis is away as they start', async () => {
    const { redis } = several.stack;
    for (const worker of workers) await worker.kill('SIGKILL');
    await redis!.kill();
    const order = await buy();
    const starting = start('three');
    await until(
      async () => (await readOrder(several.shop, order.id)).state === 'paid',
      PATIENCE_MS,
    );
    await redis!.start();
    await starting;
    await isOver(order);
  });

  it('A43 keep to the limits of callers, each process by itself, while Redis is away', async () => {
    const { stack, shop } = several;
    const limits = { RATE_LIMITS: 'orders=3/60' };
    const server = await stack.start('server', 'limited', limits);
    await stack.redis!.kill();
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await post(server.url));
    assert.deepEqual(statuses, [201, 201, 201, 429, 429]);
    assert.equal((await fetch(`${server.url}/v1/listings`)).status, 200);
    await stack.redis!.start();
    const order = await placeOrder(shop, slug, { plan: 'short' });
    assert.equal(order.state, 'open');
  });

  function start(name: string): Promise<StackProgram> {
    return several.stack.start('workers', name, { RECONCILE_SECONDS: '2' });
  }

  async function buy(): Promise<Order> {
    const order = await placeOrder(several.shop, slug, { plan: 'short' });
    await pay(several.buyer, order);
    return order;
  }

  async function isOver({ id }: Order): Promise<void> {
    const state = async () => (await readOrder(several.shop, id)).grant?.state;
    await until(async () => (await state()) === 'expired', PATIENCE_MS);
  }

  async function post(url: string): Promise<number> {
    const key = () => randomBytes(32).toString('hex');
    const answer = await fetch(`${url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key() },
      body: JSON.stringify({ listing: slug, plan: 'short', quantity: 1, buyerKey: key() }),
    });
    await answer.text();
    return answer.status;
  }
});
