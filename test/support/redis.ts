import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

const READY_MS = 15_000;

/** False, or why tests on Redis are skipped: for node's `skip`. */
export const withoutRedis: string | false =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'redis-server not found; apt-get install redis-server';

export interface TestRedis extends AsyncDisposable {
  url: string;
  /** Runs a command from outside. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** Kills the server, as a power cut would: nothing of it is kept. */
  kill(): Promise<void>;
  /** Starts an empty one on the same port. */
  start(): Promise<void>;
}

/** A Redis that forgets everything, on a free port of the loopback interface. */
export async function startRedis(): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  const command = async (name: string, ...args: string[]) => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  };
  const start = async () => {
    const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir];
    server = spawn('redis-server', [...options, '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    });
    for (const deadline = Date.now() + READY_MS; ; await sleep(25)) {
      const answer = await command('PING').catch(() => undefined);
      if (answer === 'PONG') return;
      if (Date.now() > deadline) throw new Error('redis-server does not answer');
    }
  };
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    url,
    command,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
