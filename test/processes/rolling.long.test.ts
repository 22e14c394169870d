import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { openShop, type Several, startSeveral } from '../support/processes.ts';
import { pay, placeOrder, readOrder, until } from '../support/shop.ts';
import type { StackProgram } from '../support/stack.ts';

const ROUNDS = 2;
const PATIENCE_MS = 45_000;
const PAUSE_MS = 150;
// Some times what the balancer takes to look.
const DRAIN = { DRAIN_SECONDS: '2' };

describe('two servers behind a load balancer', () => {
  let several: Several;
  let second: StackProgram;
  let balancer: Balancer;
  before(async () => {
    several = await startSeveral({}, DRAIN);
    second = await several.stack.start('server', 'second', DRAIN);
    balancer = await startBalancer([several.server.url, second.url]);
  });
  after(async () => {
    await balancer[Symbol.asyncDispose]();
    await several[Symbol.asyncDispose]();
  });

  it('are restarted one after the other, again and again, without a request that fails', async () => {
    const { listing, stack } = several;
    const shop = await openShop(stack, balancer.url);
    const servers = [several.server, second];
    for (const { url } of servers) await until(async () => balancer.isUp(url));
    const watched = await placeOrder(shop, listing.slug);

    const over = new AbortController();
    const failed: string[] = [];
    const counts = { reads: 0, orders: 0 };
    const told: string[] = [];
    const read = async () => {
      const path = ['/', '/v1/listings', `/v1/listings/${listing.slug}`][counts.reads % 3];
      const answer = await fetch(`${balancer.url}${path}`);
      const text = await answer.text();
      if (answer.status !== 200) failed.push(`GET ${path}: ${answer.status} ${text}`);
      counts.reads += 1;
    };
    const order = async () => {
      const { id } = await placeOrder(shop, listing.slug);
      told.push(id);
      counts.orders += 1;
    };
    const repeat = async (work: () => Promise<void>) => {
      while (!over.signal.aborted) {
        await work().catch((error) => failed.push(`${error} ${error.cause ?? ''}`));
        await sleep(PAUSE_MS);
      }
    };
    const watch = watchOrder(watched.id, over.signal);
    const load = [repeat(read), repeat(read), repeat(order), repeat(order)];

    try {
      for (let round = 0; round < ROUNDS; round++) {
        for (const [i, { url, env }] of servers.entries()) {
          const server = servers[i]!;
          server.process.kill('SIGTERM');
          await until(async () => !balancer.isUp(url));
          assert.equal(await server.ended, '0');
          servers[i] = await stack.start('server', `server ${i}`, env);
          await until(async () => balancer.isUp(url), PATIENCE_MS);
        }
      }
    } finally {
      over.abort();
    }
    await Promise.all(load);
    assert.deepEqual(failed, []);
    assert.ok(counts.reads >= 50 && counts.orders >= 20, JSON.stringify(counts));
    // I5: what was told with 2xx is there.
    const kept = await stack.db.prisma.order.count({ where: { id: { in: told } } });
    assert.equal(kept, told.length);
    assert.equal(kept, counts.orders);
    const { streams, faults } = await watch;
    assert.deepEqual(faults, [], 'streams end as they should, and are opened again');
    assert.ok(streams >= 2, `${streams} streams`);
  });

  it('say that they drain, and answer on with a closed connection until they end', async () => {
    const server = await several.stack.start('server', 'third', { DRAIN_SECONDS: '60' });
    const readiness = async () => {
      const answer = await fetch(`${server.url}/readyz`);
      const { ok, draining } = (await answer.json()) as { ok: boolean; draining: boolean };
      return { status: answer.status, ok, draining, connection: answer.headers.get('connection') };
    };
    const ready = { status: 200, ok: true, draining: false, connection: 'keep-alive' };
    assert.deepEqual(await readiness(), ready);
    server.process.kill('SIGTERM');
    const draining = { status: 503, ok: false, draining: true, connection: 'close' };
    await until(async () => (await readiness()).draining);
    assert.deepEqual(await readiness(), draining);
    const { id } = await placeOrder({ ...several.shop, server }, several.listing.slug);
    assert.equal((await fetch(`${server.url}/v1/orders/${id}`)).status, 200);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    // Who tells it a second time does not want to wait.
    await server.kill('SIGTERM');
  });

  it('and gateways too: they say that they drain, and end their tails', async () => {
    const env = { DRAIN_SECONDS: '60' };
    const gateway = await several.stack.start('seeder', 'another seeder', env);
    assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200);
    gateway.process.kill('SIGTERM');
    await until(async () => (await fetch(`${gateway.url}/readyz`)).status === 503);
    const answer = await fetch(`${gateway.url}/readyz`);
    assert.deepEqual(await answer.json(), { ok: false, draining: true });
    assert.equal(answer.headers.get('connection'), 'close');
    await gateway.kill('SIGTERM');
  });

  it('let workers end what they have in hand, and others take over', async () => {
    const { stack, shop, listing, buyer } = several;
    const orders = [await placeOrder(shop, listing.slug)];
    await pay(buyer, orders[0]!);
    let worker = await stack.start('workers', 'workers 0', { RECONCILE_SECONDS: '2' });
    for (let round = 1; round <= ROUNDS; round++) {
      const next = await stack.start('workers', `workers ${round}`, { RECONCILE_SECONDS: '2' });
      const placed = await Promise.all([1, 2, 3].map(() => placeOrder(shop, listing.slug)));
      orders.push(...placed);
      const paying = Promise.all(placed.map((order) => pay(buyer, order)));
      worker.process.kill('SIGTERM');
      await paying;
      assert.equal(await worker.ended, '0');
      worker = next;
    }
    for (const { id } of orders) {
      await until(async () => (await readOrder(shop, id)).state === 'paid', PATIENCE_MS);
    }
    await checkInvariants(stack.db.prisma, connect(stack.lightning.nodes.market));
  });

  /** Watches an order as an EventSource does: a stream that ends is opened again. */
  async function watchOrder(id: string, signal: AbortSignal) {
    let streams = 0;
    const faults: string[] = [];
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${balancer.url}/v1/orders/${id}/events`, { signal });
        if (answer.status !== 200) faults.push(`${answer.status}`);
        streams += 1;
        let text = '';
        for await (const chunk of answer.body!) text += Buffer.from(chunk).toString();
        if (!text.includes('event: order')) faults.push(`a stream without the order: ${text}`);
      } catch (error) {
        if (!signal.aborted) faults.push(`${error}`);
      }
      if (!signal.aborted) await sleep(1_000);
    }
    return { streams, faults };
  }
});
