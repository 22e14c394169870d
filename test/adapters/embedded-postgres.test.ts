import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../adapters/postgres/embedded/start.ts';
import { until } from '../support/until.ts';

const START = fileURLToPath(new URL('../../adapters/postgres/embedded/start.ts', import.meta.url));

describe('the embedded PostgreSQL', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dazaar-embedded-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('keeps its data from one start to the next', async () => {
    const first = await startEmbeddedPostgres(dir);
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    const second = await startEmbeddedPostgres(dir);
    const { rows } = await query(second.url, 'SELECT n FROM kept');
    await second.stop();
    assert.deepEqual(rows, [{ n: 7 }]);
    assert.equal(isServing(dir), false);
  });

  it('refuses a second market in the same folder, and leaves the first alone', async () => {
    const first = await startEmbeddedPostgres(dir);
    try {
      await assert.rejects(startEmbeddedPostgres(dir), /a market runs in .* already/);
      await query(first.url, 'SELECT 1');
    } finally {
      await first.stop();
    }
  });

  it('ends with a process that was killed', async () => {
    const parent = await startInProcess(dir);
    const exited = once(parent, 'exit');
    parent.kill('SIGKILL');
    await exited;
    await until(async () => !isServing(dir));
  });

  it('starts although its guardian was killed too, and a server was left behind', async () => {
    const parent = await startInProcess(dir);
    const orphan = postmaster(dir)!;
    process.kill(Number(readFileSync(join(dir, 'guardian.pid'), 'utf8')), 'SIGKILL');
    parent.kill('SIGKILL');
    assert.ok(isAlive(orphan), 'nobody stopped the server');
    const next = await startEmbeddedPostgres(dir);
    const { rows } = await query(next.url, 'SELECT n FROM kept');
    await next.stop();
    assert.deepEqual(rows, [{ n: 7 }]);
    assert.equal(isAlive(orphan), false);
  });

  it('starts beside nothing that still works for a server that was killed', async () => {
    const parent = await startInProcess(dir);
    const pid = postmaster(dir)!;
    const password = readFileSync(join(dir, 'postgres.password'), 'utf8').trim();
    const port = readFileSync(join(dir, 'postgres/postmaster.pid'), 'utf8').split('\n')[3];
    const busy = new pg.Client(`postgres://dazaar:${password}@127.0.0.1:${port}/postgres`);
    busy.on('error', () => {});
    await busy.connect();
    const { rows } = await busy.query('SELECT pg_backend_pid() AS pid');
    busy.query('DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$').catch(() => {});
    await until(async () => argumentsOf(rows[0].pid).includes(' DO'));
    process.kill(Number(readFileSync(join(dir, 'guardian.pid'), 'utf8')), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    parent.kill('SIGKILL');
    await until(async () => !isAlive(pid));
    assert.ok(isAlive(rows[0].pid), 'it does not notice that its server is gone');
    const next = await startEmbeddedPostgres(dir);
    const left = isAlive(rows[0].pid);
    await next.stop();
    assert.equal(left, false);
  });

  it('starts with the lock file of a server that is gone', async () => {
    const parent = await startInProcess(dir);
    const pid = postmaster(dir)!;
    process.kill(Number(readFileSync(join(dir, 'guardian.pid'), 'utf8')), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    parent.kill('SIGKILL');
    await until(async () => !isAlive(pid));
    assert.ok(existsSync(join(dir, 'postgres/postmaster.pid')), 'the lock is left behind');
    const next = await startEmbeddedPostgres(dir);
    await next.stop();
  });
});

async function startInProcess(dir: string) {
  const code = `const { startEmbeddedPostgres } = await import(${JSON.stringify(START)});
    await startEmbeddedPostgres(${JSON.stringify(dir)}); console.log('up'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
  await once(child.stdout, 'data');
  return child;
}

function postmaster(dir: string): number | undefined {
  const file = join(dir, 'postgres/postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
}

function isServing(dir: string): boolean {
  const pid = postmaster(dir);
  return pid !== undefined && isAlive(pid);
}

function argumentsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What has ended and was not collected yet still has a number, but no arguments.
    return !existsSync('/proc/self') || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

async function query(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
