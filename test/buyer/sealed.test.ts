import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MIN_EPOCH_MS } from '../../domain/epoch.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, type ShopListing, until } from '../support/shop.ts';
import { type CliOptions, dazaar, startDazaar } from './cli.ts';

const WAIT_MS = 60_000;
const rows = Array.from({ length: 300 }, (_, row) => ({ row, note: 'sealed'.repeat(row % 9) }));
const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('a sealed feed on the command line', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    const feed = { mode: 'sealed', epochMs: MIN_EPOCH_MS };
    const plans = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
    listing = await listFeed(market, rows, plans, { feed });
  });
  after(() => market[Symbol.asyncDispose]());

  const buyer = (name: string): CliOptions => ({
    home: join(market.dir, name),
    market: market.server.url,
    env: { DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox') },
  });
  const outOf = (name: string) => join(market.dir, `${name}.ndjson`);
  const buy = async (name: string) => {
    const { code, stderr } = await dazaar(['buy', listing.slug, '--plan', 'hour'], buyer(name));
    assert.equal(code, 0, stderr);
  };
  const pull = (name: string, ...more: string[]) =>
    startDazaar(['pull', listing.slug, '--out', outOf(name), ...more], buyer(name));

  it('is bought and pulled like any other', async () => {
    await buy('ann');
    const { code, stderr } = await pull('ann').ended;
    assert.equal(code, 0, stderr);
    assert.equal(await readFile(outOf('ann'), 'utf8'), text);
  });

  it('is not to be had by who has not bought it, and not proven over HTTP', async () => {
    assert.equal((await pull('nobody').ended).code, 3);
    const { code, stderr } = await dazaar(['fetch', listing.slug], buyer('ann'));
    assert.equal(code, 2, stderr);
    assert.match(stderr, /sealed/);
  });

  it('is read by key, and by file, where it has these', async () => {
    const gift = [{ name: 'gift', kind: 'free' }];
    const sealed = { mode: 'sealed', epochMs: MIN_EPOCH_MS };
    const bee = await listFeed(market, [], gift, { feed: { kind: 'hyperbee', ...sealed } });
    const entries = [{ op: 'put', key: 'porto', value: { celsius: 21 } }];
    const at = `/v1/seller/listings/${bee.slug}/entries?batchId=one`;
    await call(market, 'POST', at, entries, 201);
    const drive = await listFeed(market, [], gift, { feed: { kind: 'hyperdrive', ...sealed } });
    const put = await fetch(
      `${market.server.url}/v1/seller/listings/${drive.slug}/files/2026/readings.csv`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'text/csv' },
        body: 'at,celsius\n1,21\n',
      },
    );
    assert.ok(put.ok, await put.text());
    for (const [slug, what, expected] of [
      [bee.slug, 'porto', '{"celsius":21}'],
      [drive.slug, '/2026/readings.csv', 'at,celsius\n1,21\n'],
    ] as const) {
      const bought = await dazaar(['buy', slug, '--plan', 'gift'], buyer('ann'));
      assert.equal(bought.code, 0, bought.stderr);
      const { code, stdout, stderr } = await dazaar(['get', slug, what], buyer('ann'));
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), expected.trim());
    }
  });

  it('comes from another buyer and from a mirror without a key, every byte, while no seeder is up', async () => {
    for (const name of ['bob', 'cid']) {
      await buy(name);
      const { code, stderr } = await pull(name, '--to', '0').ended;
      assert.equal(code, 0, stderr);
    }
    const card = join(market.dir, 'card.json');
    const answer = await fetch(`${market.server.url}/v1/listings/${listing.slug}/card`);
    await writeFile(card, await answer.text());
    await market.seeder.stop();

    const ann = pull('ann', '--seed');
    const mirror = startDazaar(['mirror', card], buyer('mirror'));
    const bob = await pull('bob').ended;
    assert.equal(bob.code, 0, bob.stderr);
    assert.equal(await readFile(outOf('bob'), 'utf8'), text);

    const isWhole = () => mirror.stdout().includes(`All ${rows.length} blocks`);
    await until(async () => isWhole() || mirror.child.exitCode !== null, WAIT_MS);
    ann.child.kill('SIGINT');
    assert.equal((await ann.ended).code, 0, ann.stderr());
    const cid = await pull('cid').ended;
    assert.equal(cid.code, 0, cid.stderr);
    assert.equal(await readFile(outOf('cid'), 'utf8'), text);
    mirror.child.kill('SIGINT');
    assert.equal((await mirror.ended).code, 0, mirror.stderr());
  });
});
