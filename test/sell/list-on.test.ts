import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { dazaar } from '../buyer/cli.ts';
import { texts } from '../server/feed-client.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';
import { openShop, type ShopProcess, seller } from './shop-process.ts';

const SYNC_WITHIN_MS = 60_000;

describe('a shop that is listed on a market too', () => {
  let dir: string;
  let home: string;
  let market: TestMarket;
  let shop: ShopProcess;
  const slug = 'garden-thermometer';
  const sealed = 'sealed-thermometer';

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-list-on-'));
    home = join(dir, 'seller');
    market = await startMarket({ name: 'Great market' });
    await writeFile(join(dir, 'readings.ndjson'), '{"n":0}\n{"n":1}\n');
    const plans = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '50000' }];
    const about = { plans, tags: ['weather'], terms: 'Do not resell.', files: ['readings.ndjson'] };
    const feed = { mode: 'sealed', epochMs: 10_000 };
    const listings = [
      { title: 'Garden thermometer', ...about },
      { title: 'Sealed thermometer', ...about, feed },
    ];
    await writeFile(join(dir, 'listings.json'), JSON.stringify(listings));
    const [node] = market.bootstrap;
    shop = await openShop(home, [
      ...['--bootstrap', `${node!.host}:${node!.port}`],
      ...['--list-on', market.server.url, '--api-key', market.apiKey],
      join(dir, 'listings.json'),
    ]);
  });
  after(async () => {
    await shop?.end('SIGTERM');
    await market?.[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  const there = async (name = slug) => {
    const answer = await fetch(`${market.server.url}/v1/listings/${name}`);
    return answer.ok ? ((await answer.json()) as Shown) : null;
  };
  const copied = async () => {
    const row = await market.db.prisma.feed.findFirst({ where: { listing: { slug } } });
    const feed = row && market.seeder.feeds.feed(row.id);
    return feed ? texts(feed) : [];
  };

  it('is on sale there under the same terms, with the same cores, proved to be the shop’s', async () => {
    await until(async () => (await there())?.state === 'live', SYNC_WITHIN_MS);
    const [own, mirrored] = [await ownListing(), (await there())!];
    assert.equal(mirrored.feed.origin, 'mirrored');
    const keys = (listing: Shown) => listing.feed.cores.map(({ key }) => key);
    assert.deepEqual(keys(mirrored), keys(own));
    assert.deepEqual([mirrored.title, mirrored.tags], [own.title, own.tags]);
    assert.equal(mirrored.terms.hash, own.terms.hash);
    assert.equal(mirrored.plans[0]!.priceMsat, '50000');
  });

  it('is copied, as it grows', async () => {
    await until(async () => (await copied()).length === 2, SYNC_WITHIN_MS);
    await appendFile(join(dir, 'readings.ndjson'), '{"n":2}\n');
    const appended = await seller(home, ['append', slug, join(dir, 'readings.ndjson')]);
    assert.equal(appended.code, 0, appended.stderr);
    await until(async () => (await copied()).length === 3, SYNC_WITHIN_MS);
    assert.deepEqual(await copied(), ['{"n":0}', '{"n":1}', '{"n":2}']);
  });

  it('lets nobody in but that market’s seeders, for a day at a time', async () => {
    const answer = await fetch(`${shop.url}/v1/seller/grants`, {
      headers: { authorization: `Bearer ${shop.apiKey}` },
    });
    const { grants } = (await answer.json()) as { grants: { buyerKey: string; leftMs: number }[] };
    const seederKey = market.seeder.key.toString('hex');
    assert.deepEqual(
      grants.map(({ buyerKey }) => buyerKey),
      [seederKey, seederKey],
    );
    assert.ok(grants[0]!.leftMs <= 24 * 3_600_000);
  });

  it('lets that market open what is sealed for a day at a time, and keeps the root', async () => {
    await until(async () => (await there(sealed))?.state === 'live', SYNC_WITHIN_MS);
    const where = { feed: { listing: { slug: sealed } } };
    const [seeds, ...more] = await market.db.prisma.feedSeeds.findMany({ where });
    assert.equal(more.length, 0);
    const untilMs = (Number(seeds!.last) + 1) * 10_000;
    assert.ok(Math.abs(untilMs - Date.now() - 24 * 3_600_000) < 3_600_000);
    const stored = async () => {
      const core = await market.db.prisma.feedCore.findFirst({ where });
      return Number(core?.length ?? 0);
    };
    await until(async () => (await stored()) === 2, SYNC_WITHIN_MS);
  });

  it('is sold there while the shop is closed', async () => {
    await shop.end('SIGKILL');
    const options = {
      home: join(dir, 'buyer'),
      market: market.server.url,
      env: { DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox') },
    };
    for (const [name, lines] of [
      [slug, '{"n":0}\n{"n":1}\n{"n":2}\n'],
      [sealed, '{"n":0}\n{"n":1}\n'],
    ] as const) {
      const { terms } = (await there(name))!;
      const accepted = ['--accept-terms', terms.hash];
      const bought = await dazaar(['buy', name, '--plan', 'hour', ...accepted], options);
      assert.equal(bought.code, 0, bought.stderr);
      const pulled = await dazaar(['pull', name], options);
      assert.equal(pulled.stdout, lines, pulled.stderr);
    }
  });

  interface Shown {
    state: string;
    title: string;
    tags: string[];
    terms: { hash: string };
    plans: { priceMsat: string }[];
    feed: { origin: string; cores: { key: string }[] };
  }

  async function ownListing(): Promise<Shown> {
    const answer = await fetch(`${shop.url}/v1/listings/${slug}`);
    return (await answer.json()) as Shown;
  }
});
