import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../../all-in-one/main.ts');
// Whatever the shell that runs the tests has set up is not to be touched; empty counts as not set.
const NOTHING_OF_OURS = { DATABASE_URL: '', REDIS_URL: '', LND_SOCKET: '', DHT_BOOTSTRAP: '' };
const START_MS = 120_000;
const STOP_MS = 30_000;
const POLL_MS = 100;

/** The whole market as `npm start` runs it, on a free port and in a directory of its own. */
export interface MarketProcess {
  url: string;
  sandboxDir: string;
  /** The key of the seller whose data sets are on sale. */
  sellerKey: string;
  /** Kills one of its programs as a crash would; the market starts it again. */
  crash(program: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startMarketProcess(): Promise<MarketProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'dazaar-market-'));
  const sandboxDir = join(directory, 'sandbox');
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      ...NOTHING_OF_OURS,
      DAZAAR_DATA: directory,
      DAZAAR_SANDBOX_DIR: sandboxDir,
      DAZAAR_SANDBOX_PORT: '0',
      PORT: String(port),
      GATEWAY_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listen = (text: string) => {
    said += text;
  };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  const giveUpAtMs = Date.now() + START_MS;
  while (!said.includes('Stop with Ctrl-C')) {
    if (child.exitCode !== null || Date.now() > giveUpAtMs) throw new Error(`no market: ${said}`);
    await sleep(POLL_MS);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    sandboxDir,
    sellerKey: (await readFile(join(directory, 'sample-seller.key'), 'utf8')).trim(),
    async crash(program) {
      for (const pid of await childrenOf(child.pid ?? 0, program)) process.kill(pid, 'SIGKILL');
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function childrenOf(parent: number, program: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const ppid = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
      return ppid === parent && command.includes(program) ? [Number(pid)] : [];
    }),
  );
  return children.flat();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
