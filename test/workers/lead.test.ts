import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import { openQueue } from '../../adapters/queue/queue.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { startWorkers } from '../../workers/workers.ts';
import { listHeld } from '../support/hold.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { pay, placeOrder, readOrder, until } from '../support/shop.ts';

/** How many streams somebody has open at the node. */
interface Watching {
  settlements: number;
  holds: number;
}

describe('workers that share a market', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  it('have streams open at the node in one of them only, and then in the other', async () => {
    const { slug } = await listHeld(market);
    await placeOrder(market, slug);
    const first = await start();
    await until(async () => first.watching.settlements === 1 && first.watching.holds === 1);
    const second = await start();
    const order = await placeOrder(market, slug);
    await until(async () => first.watching.holds === 2);
    await pay(connect(market.sandbox.nodes.buyer), order);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    assert.deepEqual(second.watching, { settlements: 0, holds: 0 });
    await first.stop();
    assert.deepEqual(first.watching, { settlements: 0, holds: 0 });
    await until(async () => second.watching.settlements === 1 && second.watching.holds === 1);
    await second.stop();
    await checkInvariants(market.db.prisma, market.lightning);
  });

  it('lead one at a time, the next when the first lets go', async () => {
    const { lead } = market.db;
    const led: string[] = [];
    const stopFirst = lead('test', async (signal) => {
      led.push('first');
      await once(signal, 'abort');
      led.push('first is over');
    });
    await until(async () => led.length === 1);
    const stopSecond = lead('test', async (signal) => {
      led.push('second');
      await once(signal, 'abort');
    });
    await stopFirst();
    await until(async () => led.includes('second'));
    await stopSecond();
    assert.deepEqual(led, ['first', 'first is over', 'second']);
  });

  it('lead again when the work broke', async () => {
    let times = 0;
    const stop = market.db.lead('broken', async (signal) => {
      times += 1;
      if (times === 1) throw new Error('broken');
      await once(signal, 'abort');
    });
    await until(async () => times === 2);
    await stop();
  });

  async function start() {
    const watching: Watching = { settlements: 0, holds: 0 };
    const { db, deps, lightning } = market;
    const queue = openQueue(await openPostgresBackend(db.url), deps.log);
    const { listen, lead } = db;
    const counted = counting(lightning, watching);
    const more = { queue, reconcileEveryMs: 60_000, holdMs: 60_000 };
    const stop = await startWorkers({ ...deps, listen, lead, lightning: counted, ...more });
    return { watching, stop };
  }
});

/** The same node, with its open streams counted. */
function counting(lightning: Lightning, watching: Watching): Lightning {
  const count = async (name: keyof Watching, stream: Promise<void>) => {
    watching[name] += 1;
    await stream.finally(() => {
      watching[name] -= 1;
    });
  };
  return {
    ...lightning,
    watchSettled: (...args) => count('settlements', lightning.watchSettled(...args)),
    untilArrived: (...args) => count('holds', lightning.untilArrived(...args)),
  };
}
