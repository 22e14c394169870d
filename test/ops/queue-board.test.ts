import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import pino from 'pino';
import { type OpenQueue, openQueue } from '../../adapters/queue/queue.ts';
import { QUEUES_PATH, queueBoard } from '../../ops/queue-board.ts';
import { QUEUES, type QueuePlace } from '../support/queues.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'a password of the operator';
const DAY_MS = 24 * 60 * 60 * 1000;
const log = pino({ level: 'silent' });
const asOperator = { authorization: basic(PASSWORD) };

function basic(password: string, user = 'admin'): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function serve(app: express.Express): Promise<{ server: Server; url: string }> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

for (const kind of QUEUES) {
  describe(`the board of queues on ${kind.name}`, { skip: kind.skip }, () => {
    let place: QueuePlace;
    let queue: OpenQueue;
    let server: Server;
    let url: string;
    const done: string[] = [];
    before(async () => {
      place = await kind.create();
      queue = openQueue(await place.open(), log);
      await queue.work('expire', async (id) => void done.push(id));
      const app = express().use(QUEUES_PATH, queueBoard(queue, PASSWORD, log));
      ({ server, url } = await serve(app));
    });
    after(async () => {
      server.close();
      server.closeAllConnections();
      await queue.close();
      await place[Symbol.asyncDispose]();
    });

    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${url}${QUEUES_PATH}${path}`, init);
    const shown = async (name: string, status: string) => {
      const answer = await ask(`/api/queues?activeQueue=${name}&status=${status}&page=1`, {
        headers: asOperator,
      });
      assert.equal(answer.status, 200);
      const { queues } = (await answer.json()) as {
        queues: {
          name: string;
          counts: Record<string, number>;
          jobs: { id: string; data: object }[];
        }[];
      };
      return queues.find((each) => each.name === name)!;
    };

    it('is there for nobody without the password', async () => {
      for (const path of ['/', '/api/queues', '/static/js/none.js']) {
        const nobody = await ask(path);
        assert.equal(nobody.status, 401, path);
        assert.match(nobody.headers.get('www-authenticate') ?? '', /^Basic /);
        assert.equal((await ask(path, { headers: { authorization: 'Bearer x' } })).status, 401);
      }
      const wrong = await ask('/', { headers: { authorization: basic('not the password') } });
      assert.equal(wrong.status, 401);
      const other = await ask('/', { headers: { authorization: basic(PASSWORD, 'root') } });
      assert.equal(other.status, 401);
    });

    it('shows all queues and the jobs that lie there', async () => {
      await queue.add('expire', 'later', Date.now() + DAY_MS);
      const expire = await shown('expire', 'delayed');
      assert.equal(expire.counts.delayed, 1);
      assert.deepEqual(
        expire.jobs.map(({ data }) => data),
        [{ id: 'later' }],
      );
      assert.equal((await shown('settle', 'waiting')).jobs.length, 0);
    });

    it('has a job run at once for a page of its own, and for no other', async () => {
      const { jobs } = await shown('expire', 'delayed');
      const path = `/api/queues/expire/${encodeURIComponent(jobs[0]!.id)}/promote`;
      const put = (headers: Record<string, string>) =>
        ask(path, { method: 'PUT', headers: { ...asOperator, ...headers } });
      assert.equal((await put({})).status, 403, 'nobody says where it comes from');
      assert.equal((await put({ origin: 'https://evil.example' })).status, 403);
      assert.equal((await put({ 'sec-fetch-site': 'cross-site' })).status, 403);
      assert.equal((await put({ origin: 'null', 'sec-fetch-site': 'same-origin' })).status, 403);
      assert.equal(done.length, 0);
      const own = await put({ origin: url });
      assert.ok(own.ok, await own.text());
      await until(async () => done.includes('later'));
    });

    it('asks nothing of anybody else, and no page may frame it', async () => {
      const page = await ask('/', { headers: asOperator });
      assert.equal(page.status, 200);
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      const html = await page.text();
      const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, address]) => address!,
      );
      assert.ok(addresses.length > 3);
      assert.deepEqual(
        addresses.filter((address) => /^(https?:)?\/\//.test(address)),
        [],
      );
      const scripts = addresses.filter((address) => address.endsWith('.js'));
      for (const script of scripts) {
        const answer = await ask(`/${script}`, { headers: asOperator });
        assert.equal(answer.status, 200, script);
      }
    });

    it('lets an address guess ten times a minute, right guesses not counted', async () => {
      const guess = (password: string) =>
        ask('/api/queues', { headers: { authorization: basic(password) } }).then(
          (answer) => answer.status,
        );
      for (let i = 0; i < 15; i++) assert.equal(await guess(PASSWORD), 200);
      const statuses = await Promise.all(Array.from({ length: 50 }, (_, i) => guess(`guess ${i}`)));
      assert.ok(statuses.filter((status) => status === 401).length <= 10);
      assert.ok(statuses.includes(429));
      assert.equal(await guess(PASSWORD), 429, 'the right one would tell that it is right');
    });
  });
}

describe('the board of queues', () => {
  it('is not there without a password, and says how it would be', async () => {
    const said: string[] = [];
    const loud = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
    const app = express().use(QUEUES_PATH, queueBoard({ queues: () => [] }, undefined, loud));
    const { server, url } = await serve(app);
    const answer = await fetch(`${url}${QUEUES_PATH}`);
    server.close();
    server.closeAllConnections();
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /ADMIN_PASSWORD/);
    assert.match(said.join(''), /ADMIN_PASSWORD/);
  });
});
