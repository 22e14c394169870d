import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';

const MAIN = fileURLToPath(new URL('../all-in-one/main.ts', import.meta.url));
const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 20;

/** `npm start` on a warm checkout, to the first listing it answers with: an empty market, then one that was stopped. */
export default async function coldStart(): Promise<Record<string, number>> {
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-bench-'));
  try {
    const firstSeconds = await startAndStop(dir);
    const seconds = await startAndStop(dir);
    console.log(
      `first start, with an empty market to fill: ${firstSeconds} s; started again: ${seconds} s`,
    );
    return { seconds, firstSeconds };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function startAndStop(dir: string): Promise<number> {
  const port = await freePort();
  const startedAtMs = performance.now();
  const env = { ...process.env, DAZAAR_DATA: dir, PORT: String(port) };
  const market = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(market, 'exit');
  await untilAnswer(`http://127.0.0.1:${port}/v1/listings`);
  const seconds = Math.round((performance.now() - startedAtMs) / 100) / 10;
  market.kill('SIGTERM');
  await exited;
  return seconds;
}

async function untilAnswer(url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const page = await fetch(url).then(
      (answer) => answer.json() as Promise<{ listings: unknown[] }>,
      () => null,
    );
    if (page && page.listings.length > 0) return;
    await sleep(POLL_MS);
  }
  throw new Error(`no answer from ${url}`);
}
