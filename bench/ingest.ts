import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import Corestore from 'corestore';
import { appended } from '../contract/index.ts';
import { freePort } from '../test/support/free-port.ts';
import { startMarket, type TestMarket } from '../test/support/market.ts';
import { startProgram } from '../test/support/process.ts';
import { listFeed } from '../test/support/shop.ts';

const BLOCKS = 400_000;
const WARM_UP_BLOCKS = 20_000;
const BLOCKS_PER_APPEND = 8_192;
const LINES_PER_WRITE = 640;

/**
 * Blocks of 100 bytes a second through the REST API into the core, as one NDJSON stream to a server and a seeder in
 * processes of their own; and the same blocks appended to a bare Hypercore, 8,192 at a time.
 */
export default async function ingest(): Promise<Record<string, number>> {
  await using market = await startMarket({ workers: false });
  await market.seeder.stop();
  const port = await freePort();
  const bootstrap = market.bootstrap.map(({ host, port: at }) => `${host}:${at}`).join();
  const env = { DHT_BOOTSTRAP: bootstrap, GATEWAY_PORT: '0', PORT: String(port) };
  await using _seeder = await startProgram(market, 'seeder/main.ts', env);
  await using _server = await startProgram(market, 'server/main.ts', env);
  const origin = `http://127.0.0.1:${port}`;
  const { slug } = await listFeed(market, []);
  const url = `${origin}/v1/seller/listings/${slug}/blocks`;

  await post(market, `${url}?batchId=warm-up`, linesOf(WARM_UP_BLOCKS));
  const lines = linesOf(BLOCKS);
  const seconds = await timed(() => post(market, `${url}?batchId=all`, lines));
  const blocksPerSecond = Math.round(BLOCKS / seconds);
  console.log(`over HTTP: ${blocksPerSecond} blocks a second`);

  const bareSeconds = await appendBare(join(market.dir, 'bare'), lines);
  const barePerSecond = Math.round(BLOCKS / bareSeconds);
  console.log(`bare Hypercore: ${barePerSecond} blocks a second`);
  return { blocksPerSecond, barePerSecond, ratio: Number((bareSeconds / seconds).toFixed(3)) };
}

// 100 bytes each, newline aside.
function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const start = `{"n":${n},"at":"2026-11-22T19:00:00.000Z","value":${(n * 0.37).toFixed(2)},"note":"`;
    return `${start.padEnd(98, 'x')}"}`;
  });
}

async function post(market: TestMarket, url: string, lines: readonly string[]): Promise<void> {
  const req = request(url, { method: 'POST' });
  req.setHeader('authorization', `Bearer ${market.apiKey}`);
  req.setHeader('content-type', 'application/x-ndjson');
  const answered = once(req, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(pieces(lines)), req);
  const [res] = await answered;
  const answer = await text(res);
  if (res.statusCode !== 201) throw new Error(answer);
  const { blocks } = appended.parse(JSON.parse(answer));
  if (blocks !== lines.length) throw new Error(`${blocks} blocks of ${lines.length} were appended`);
}

function* pieces(lines: readonly string[]): Generator<Buffer> {
  for (let start = 0; start < lines.length; start += LINES_PER_WRITE) {
    yield Buffer.from(`${lines.slice(start, start + LINES_PER_WRITE).join('\n')}\n`);
  }
}

async function appendBare(dir: string, lines: readonly string[]): Promise<number> {
  const blocks = lines.map((line) => Buffer.from(line));
  const store = new Corestore(dir);
  const core = store.get({ name: 'bare' });
  await core.ready();
  const seconds = await timed(async () => {
    for (let start = 0; start < blocks.length; start += BLOCKS_PER_APPEND) {
      await core.append(blocks.slice(start, start + BLOCKS_PER_APPEND));
    }
  });
  await store.close();
  return seconds;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (performance.now() - startedAtMs) / 1000;
}
