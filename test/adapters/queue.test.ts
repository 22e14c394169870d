import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { openQueue } from '../../adapters/queue/queue.ts';
import type { JobQueue } from '../../ports/queue.ts';
import { IMPATIENT, QUEUES, type QueuePlace } from '../support/queues.ts';
import { until } from '../support/shop.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const STUCK_WORKER = fileURLToPath(new URL('../support/stuck-worker.ts', import.meta.url));
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });

for (const kind of QUEUES) {
  describe(`a queue on ${kind.name}`, { skip: kind.skip }, () => {
    let place: QueuePlace;
    let queue: JobQueue;
    const done: string[] = [];
    const times = (id: string) => done.filter((each) => each === id).length;
    let failures = 0;
    let slow = Promise.withResolvers<void>();
    before(async () => {
      place = await kind.create();
      queue = openQueue(await place.open(), log, IMPATIENT);
      await queue.work('expire', async (id) => {
        if (id === 'slow') await slow.promise;
        done.push(id);
        if (id === 'fails' && ++failures < 3) throw new Error('not yet');
        if (id === 'hopeless') throw new Error('never');
      });
    });
    after(async () => {
      await queue.close();
      await place[Symbol.asyncDispose]();
    });

    it('works a job off', async () => {
      await queue.add('expire', 'once');
      await until(async () => times('once') === 1);
    });

    it('takes ids of any text', async () => {
      const ids = ['a:b:c', '5', 'with space', 'ünïcödé', '0'];
      for (const id of ids) await queue.add('expire', id);
      await until(async () => ids.every((id) => times(id) === 1));
    });

    it('runs a job at its time, not before', async () => {
      const atMs = Date.now() + 700;
      await queue.add('expire', 'later', atMs);
      await until(async () => times('later') === 1);
      assert.ok(Date.now() >= atMs);
    });

    it('runs a job at once whose time is over', async () => {
      await queue.add('expire', 'overdue', Date.now() - DAY_MS);
      await until(async () => times('overdue') === 1);
    });

    it('keeps jobs of the distant future, which hold up no others', async () => {
      for (const days of [25, 60, 3_660, 40_000, 2_900_000]) {
        await queue.add('expire', 'distant', Date.now() + days * DAY_MS);
      }
      await queue.add('expire', 'behind');
      await until(async () => times('behind') === 1);
      assert.equal(times('distant'), 0);
    });

    it('adds a job once while it waits, and again when it is done', async () => {
      const atMs = Date.now() + 500;
      for (let i = 0; i < 20; i++) await queue.add('expire', 'same', atMs);
      await until(async () => times('same') > 0);
      await sleep(300);
      assert.equal(times('same'), 1);
      await queue.add('expire', 'same', atMs);
      await until(async () => times('same') === 2);
    });

    it('works on while one job is slow', async () => {
      slow = Promise.withResolvers();
      await queue.add('expire', 'slow');
      await queue.add('expire', 'quick');
      await until(async () => times('quick') === 1);
      assert.equal(times('slow'), 0);
      slow.resolve();
      await until(async () => times('slow') === 1);
    });

    it('tries a job again that fails', async () => {
      await queue.add('expire', 'fails');
      await until(async () => failures === 3);
      await sleep(500);
      assert.equal(times('fails'), 3);
    });

    it('gives up a hopeless job after a while, and forgets it', async () => {
      await queue.add('expire', 'hopeless');
      await until(async () => times('hopeless') === 5);
      await until(async () => {
        await queue.add('expire', 'hopeless');
        return times('hopeless') > 5;
      });
    });

    it('repeats, once an interval, however many ask for it', async () => {
      let runs = 0;
      const other = openQueue(await place.open(), log);
      const count = async () => void runs++;
      await queue.work('sweep', count, 1);
      await other.work('sweep', count, 1);
      for (let i = 0; i < 5; i++) {
        await queue.repeat('sweep', 500);
        await other.repeat('sweep', 500);
      }
      await until(async () => runs > 0);
      runs = 0;
      await sleep(3_000);
      assert.ok(runs >= 3 && runs <= 9, `${runs} runs in 6 intervals`);
      await other.close();
    });

    it('takes over the job of a worker that was killed', async () => {
      const stuck = fork(STUCK_WORKER, [place.url]);
      await queue.add('settle', 'left behind');
      await once(stuck, 'message');
      stuck.kill('SIGKILL');
      const takenOver: string[] = [];
      await queue.work('settle', async (id) => void takenOver.push(id));
      await until(async () => takenOver.includes('left behind'), 30_000);
    });

    it('A43 flushed while it works, goes on, and goes on repeating', async () => {
      let runs = 0;
      await queue.work('reconcile', async () => void runs++, 1);
      await queue.repeat('reconcile', 300);
      await until(async () => runs > 1);
      await place.flush();
      runs = 0;
      await queue.add('expire', 'after the flush');
      await until(async () => times('after the flush') === 1);
      await until(async () => runs > 2);
    });

    it('A43 crashed while it works, goes on, and goes on repeating', async () => {
      let runs = 0;
      await queue.work('sweep', async () => void runs++, 1);
      await queue.repeat('sweep', 300);
      await until(async () => runs > 1);
      await place.crash();
      runs = 0;
      await until(async () => {
        await queue.add('expire', 'after the crash').catch(() => {});
        return times('after the crash') > 0;
      }, 30_000);
      await until(async () => runs > 2, 30_000);
    });
  });
}
