import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Several, startSeveral } from '../support/processes.ts';
import { placeOrder, until } from '../support/shop.ts';
import type { StackProgram } from '../support/stack.ts';

const PATIENCE_MS = 60_000;

interface Report {
  status: number;
  ok: boolean;
  draining: boolean;
  parts: Record<string, boolean>;
}

describe('whether processes are ready', () => {
  let several: Several;
  let workers: StackProgram;
  before(async () => {
    several = await startSeveral();
    workers = await several.stack.start('workers', 'workers');
  });
  after(() => several[Symbol.asyncDispose]());

  const read = async (url: string): Promise<Report> => {
    const answer = await fetch(`${url}/readyz`);
    return { status: answer.status, ...((await answer.json()) as Omit<Report, 'status'>) };
  };
  const becomes = (url: string, part: string, there: boolean) =>
    until(async () => (await read(url)).parts[part] === there, PATIENCE_MS);
  const missing = ({ parts }: Report) => Object.keys(parts).filter((part) => !parts[part]);

  it('is said by each, part by part, and publicly by the server', async () => {
    const { server, seeder } = several;
    await becomes(server.url, 'seeder', true);
    await becomes(seeder.opsUrl, 'grants', true);
    for (const url of [server.url, server.opsUrl, workers.opsUrl, seeder.opsUrl]) {
      await until(async () => missing(await read(url)).length === 0, PATIENCE_MS);
      const { status, ok, draining } = await read(url);
      assert.deepEqual({ status, ok, draining }, { status: 200, ok: true, draining: false });
      const alive = await fetch(`${url}/healthz`);
      assert.deepEqual(await alive.json(), { ok: true });
    }
    assert.deepEqual(Object.keys((await read(server.url)).parts), [
      'database',
      'migrations',
      'queue',
      'node',
      'seeder',
    ]);
  });

  it('without Redis: workers are not, servers are', async (t) => {
    const { redis } = several.stack;
    if (!redis) return t.skip('redis-server not found; apt-get install redis-server');
    await redis.kill();
    await becomes(workers.opsUrl, 'queue', false);
    assert.equal((await read(workers.opsUrl)).status, 503);
    await becomes(several.server.url, 'queue', false);
    assert.equal((await read(several.server.url)).status, 200);
    await redis.start();
    await becomes(workers.opsUrl, 'queue', true);
    await becomes(several.server.url, 'queue', true);
  });

  it('without a seeder: servers are, and say so', async () => {
    const { seeder, server } = several;
    await seeder.kill('SIGKILL');
    await becomes(server.url, 'seeder', false);
    const report = await read(server.url);
    assert.deepEqual([report.status, report.ok, missing(report)], [200, true, ['seeder']]);
  });

  it('A13 without the node: workers are not, servers are and sell nothing, and the catalogue goes on', async () => {
    const { stack, server, listing, shop } = several;
    await stack.lightning[Symbol.asyncDispose]();
    await becomes(server.url, 'node', false);
    await becomes(workers.opsUrl, 'node', false);
    assert.equal((await read(workers.opsUrl)).status, 503);
    assert.equal((await read(server.url)).status, 200);
    assert.equal((await fetch(`${server.url}/v1/listings/${listing.slug}`)).status, 200);
    await assert.rejects(placeOrder(shop, listing.slug), /node-unreachable/);
  });
});
