import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import { startMarket } from '../test/support/market.ts';
import { startProgram } from '../test/support/process.ts';
import { listFeed, placeOrder } from '../test/support/shop.ts';
import { firstBytes, perSecond } from './website/load.ts';
import { stock } from './website/stock.ts';
import { weigh } from './website/weigh.ts';

const LISTINGS = 10_000;
const WARM_UP = 60;
const TIMES = 300;
const AT_ONCE = 16;
const BARE = fileURLToPath(new URL('./website/bare.ts', import.meta.url));

/**
 * Time to first byte, requests a second and weight of the pages that buyers see, of a market with 10,000 listings; and
 * the same bytes sent by a bare Express in a process like it, in turns.
 */
export default async function website(): Promise<Record<string, number>> {
  await using market = await startMarket({ orderTtlMs: 3_600_000 });
  const rows = Array.from({ length: 200 }, (_, n) => ({ n, level: Math.sin(n / 9).toFixed(3) }));
  const { slug } = await listFeed(market, rows, undefined, {
    description: '# Levels\n\nOf the *harbour*, every minute.\n'.repeat(20),
    preview: { from: 'last', blocks: 50 },
    tags: ['tide', 'harbour'],
  });
  const order = await placeOrder(market, slug);
  // It would write the feeds of ten thousand listings first.
  await market.seeder.stop();
  await stock(market.db.prisma, LISTINGS);
  const port = await freePort();
  await using _server = await startProgram(market, 'server/main.ts', { PORT: String(port) });
  const origin = `http://127.0.0.1:${port}`;
  const { child, bareOrigin } = await startBare();
  const pages = {
    catalogue: '/',
    searchWords: '/?q=tide+gauge',
    searchPrice: '/?sort=price',
    feed: `/listings/${slug}`,
    checkout: `/orders/${order.id}`,
  };
  const figures: Record<string, number> = {};
  for (const [name, path] of Object.entries(pages)) {
    const { html, ...weight } = await weigh(origin, path);
    await tell(child, name, html);
    const measured = await compare(origin + path, `${bareOrigin}/${name}`);
    for (const [key, value] of Object.entries({ ...measured, ...weight })) {
      figures[`${name}${key[0]!.toUpperCase()}${key.slice(1)}`] = value;
    }
    console.log(name, { ...measured, ...weight });
  }
  child.kill();
  return figures;
}

async function compare(url: string, bareUrl: string) {
  await firstBytes(url, WARM_UP);
  await firstBytes(bareUrl, WARM_UP);
  const ours = await firstBytes(url, TIMES);
  const bare = await firstBytes(bareUrl, TIMES);
  const rate = await perSecond(url, TIMES, AT_ONCE);
  const bareRate = await perSecond(bareUrl, 3 * TIMES, AT_ONCE);
  return {
    p50Ms: ours.p50,
    p99Ms: ours.p99,
    bareP50Ms: bare.p50,
    bareP99Ms: bare.p99,
    perSecond: rate,
    barePerSecond: bareRate,
    ratio: Number((rate / bareRate).toFixed(3)),
  };
}

async function startBare(): Promise<{ child: ChildProcess; bareOrigin: string }> {
  const child = fork(BARE, [], { env: { ...process.env, NODE_ENV: 'production' } });
  const [port] = await once(child, 'message');
  return { child, bareOrigin: `http://127.0.0.1:${port}` };
}

async function tell(child: ChildProcess, name: string, html: string): Promise<void> {
  child.send([name, html]);
  await once(child, 'message');
}
