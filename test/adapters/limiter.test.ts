import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import pino from 'pino';
import { Leases } from '../../adapters/limits/leases.ts';
import { type LimitStore, openLimiter } from '../../adapters/limits/limiter.ts';
import { openPostgresStore } from '../../adapters/limits/postgres-store.ts';
import { openRedisStore } from '../../adapters/limits/redis-store.ts';
import { parseLimits } from '../../boot/limits.ts';
import type { Limit, LimitName } from '../../domain/limit.ts';
import type { Limiter } from '../../ports/limiter.ts';
import { createDatabase } from '../support/database.ts';
import { startRedis, withoutRedis } from '../support/redis.ts';

interface Place extends AsyncDisposable {
  open(): LimitStore | Promise<LimitStore>;
  breakDown(): Promise<void>;
}

const STORES: { name: string; skip: string | false; place: () => Promise<Place> }[] = [
  {
    name: 'Postgres',
    skip: false,
    async place() {
      const db = await createDatabase();
      return {
        open: () => openPostgresStore(db.url),
        breakDown: async () => void (await db.prisma.$executeRaw`DROP TABLE rate_limits`),
        [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: 'Redis',
    skip: withoutRedis,
    async place() {
      const redis = await startRedis();
      return {
        open: () => openRedisStore(redis.url),
        breakDown: () => redis.kill(),
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  },
];

for (const { name, skip, place } of STORES) {
  describe(`limits on ${name}`, { skip }, () => {
    let store: Place;
    const opened: Limiter[] = [];
    const warnings: string[] = [];
    before(async () => {
      store = await place();
    });
    after(async () => {
      await Promise.all(opened.map((limiter) => limiter.close()));
      await store[Symbol.asyncDispose]();
    });

    const open = async (
      more: Partial<Record<LimitName, Limit>>,
      counted?: (asked: number) => void,
    ) => {
      const log = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) });
      const real = await store.open();
      const limiter = openLimiter(counted ? counting(real, counted) : real, limits(more), log);
      opened.push(limiter);
      return limiter;
    };
    const times = async (limiters: Limiter[], n: number, limit: LimitName, caller: string) => {
      const asked = Array.from({ length: n }, (_, i) =>
        limiters[i % limiters.length]!.take(limit, caller),
      );
      return (await Promise.all(asked)).filter(({ allowed }) => allowed).length;
    };

    it('hold for all processes together, and for each caller by itself', async () => {
      const tight = { orders: { amount: 20, windowSeconds: 60 } };
      const processes = [await open(tight), await open(tight), await open(tight)];
      assert.equal(await times(processes, 300, 'orders', 'a'), 20);
      assert.equal(await times(processes, 10, 'orders', 'b'), 10);
      const refused = await processes[0]!.take('orders', 'a');
      assert.equal(refused.remaining, 0);
      assert.ok(refused.resetMs > 50_000 && refused.resetMs <= 60_000, `${refused.resetMs}`);
    });

    it('begin anew when their time is over', async () => {
      const limiter = await open({ orders: { amount: 2, windowSeconds: 1 } });
      assert.equal(await times([limiter], 5, 'orders', 'again'), 2);
      await sleep(1_100);
      assert.equal(await times([limiter], 5, 'orders', 'again'), 2);
    });

    it('A16 cost the store nothing in a flood, and little in a crowd', async () => {
      let asked = 0;
      const limiter = await open(
        {
          orders: { amount: 20, windowSeconds: 60 },
          reads: { amount: 1_200, windowSeconds: 60 },
        },
        () => asked++,
      );
      for (let i = 0; i < 10_000; i++) await limiter.take('orders', 'flood');
      assert.ok(asked <= 21, `${asked} for 10,000 orders`);
      asked = 0;
      for (let i = 0; i < 1_000; i++) assert.ok((await limiter.take('reads', 'busy')).allowed);
      assert.ok(asked < 60, `${asked} for 1,000 reads`);
    });

    it('hold in each process alone while the store is away, and say so', async () => {
      const limiter = await open({ orders: { amount: 5, windowSeconds: 60 } });
      await store.breakDown();
      assert.equal(await times([limiter], 50, 'orders', 'c'), 5);
      assert.match(warnings.join(''), /limits are counted by this process alone/);
      assert.ok(warnings.length < 5, 'not a line each');
    });
  });
}

describe('leases', () => {
  it('never let a caller have more than the limit, whatever he takes and whoever asks at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 600 }),
        fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 12 })), { maxLength: 300 }),
        async (amount, takes) => {
          let used = 0;
          const store = async (_caller: string, cost: number) => {
            await null;
            const allowed = used + cost <= amount;
            used += cost;
            return { allowed, remaining: Math.max(amount - used, 0), resetMs: 60_000 };
          };
          const processes = [0, 1, 2].map(() => new Leases(store, amount));
          const results = await Promise.all(
            takes.map(([at, cost]) =>
              processes[at]!.take('x', cost).then((r) => (r.allowed ? cost : 0)),
            ),
          );
          const had = results.reduce<number>((sum, each) => sum + each, 0);
          assert.ok(had <= amount, `${had} of ${amount}`);
        },
      ),
    );
  });
});

function limits(more: Partial<Record<LimitName, Limit>>): Record<LimitName, Limit> {
  const usual = parseLimits('');
  assert.ok(!('fault' in usual));
  return { ...usual, ...more };
}

function counting(store: LimitStore, counted: (asked: number) => void): LimitStore {
  return {
    counter(options) {
      const counter = store.counter(options) as unknown as {
        _upsert: (...args: unknown[]) => Promise<unknown>;
      };
      const { _upsert } = counter;
      counter._upsert = (...args) => {
        counted(1);
        return _upsert.apply(counter, args);
      };
      return counter as unknown as ReturnType<LimitStore['counter']>;
    },
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
