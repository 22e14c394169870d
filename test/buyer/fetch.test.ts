import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing, until } from '../support/shop.ts';
import { dazaar } from './cli.ts';

const ROWS = Array.from({ length: 60 }, (_, i) => ({ i }));
const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

let market: TestMarket;
let listing: ShopListing;

before(async () => {
  market = await startMarket({ workers: false });
  const free = { name: 'gift', kind: 'free' };
  listing = await listFeed(market, ROWS, [free]);
  await until(async () => (await market.db.prisma.seeder.count()) > 0);
});

after(() => market[Symbol.asyncDispose]());

function shell() {
  const home = join(market.dir, 'home');
  const options = { home, market: market.server.url };
  return { run: (...args: string[]) => dazaar(args, options), out: join(market.dir, 'out.ndjson') };
}

test('whoever bought access fetches the blocks over HTTP, a range of them, or on where a file ends', async () => {
  const { run, out } = shell();
  const refused = await run('fetch', listing.slug);
  assert.equal(refused.code, 3, refused.stderr);
  const bought = await run('buy', listing.slug, '--plan', 'gift', '--wallet', 'print');
  assert.equal(bought.code, 0, bought.stderr);
  const all = await run('fetch', listing.slug);
  assert.deepEqual([all.code, all.stdout], [0, lines(ROWS)], all.stderr);
  const part = await run('fetch', listing.slug, '--from', '5', '--to', '8');
  assert.equal(part.stdout, lines(ROWS.slice(5, 8)));
  assert.equal((await run('fetch', listing.slug, '--to', '20', '--out', out)).code, 0);
  assert.equal((await run('fetch', listing.slug, '--out', out)).code, 0);
  assert.equal(await readFile(out, 'utf8'), lines(ROWS));
});

test('a gateway that is none is told so', async () => {
  const { run } = shell();
  const answer = await run('fetch', listing.slug, '--gateway', 'http://127.0.0.1:9');
  assert.equal(answer.code, 6);
  assert.match(answer.stderr, /no gateway answers at http:\/\/127\.0\.0\.1:9/);
});
