import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, send } from '../support/request.ts';
import { append, call, listFeed, type ShopListing, until } from '../support/shop.ts';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const EVIL = '<img src=x onerror="document.title=1">';
const BLOCKS = 120;
const FREE = [{ name: 'gift', kind: 'free' }];
const SCHEMA = {
  type: 'object',
  properties: {
    time: { type: 'string', format: 'date-time' },
    level: { type: 'number' },
    note: { type: 'string' },
  },
};

const rowAt = (i: number) => ({
  time: new Date(START_MS + i * HOUR_MS).toISOString(),
  level: i / 4,
  note: i === BLOCKS - 1 ? EVIL : `note ${i}, "quoted"`,
});
const ROWS = Array.from({ length: BLOCKS }, (_, i) => rowAt(i));

const skip = await browserMissing();

describe('bought data in the browser', { skip }, () => {
  let market: TestMarket;
  let core: ShopListing;
  let bee: ShopListing;
  let drive: ShopListing;
  const FILE = randomBytes(300_000);
  before(async () => {
    market = await startMarket();
    core = await listFeed(market, ROWS, FREE, { blockSchema: SCHEMA, title: 'Tides' });
    bee = await listFeed(market, [], FREE, { feed: { kind: 'hyperbee' }, title: 'Prices' });
    drive = await listFeed(market, [], FREE, { feed: { kind: 'hyperdrive' }, title: 'Strikes' });
    const entries = Array.from({ length: 70 }, (_, i) => ({
      op: 'put',
      key: `${i < 60 ? 'a' : 'b'}/${String(i).padStart(3, '0')}`,
      value: { i, text: i === 0 ? EVIL : 'x'.repeat(i === 1 ? 500 : 3) },
    }));
    await call(market, 'POST', `/v1/seller/listings/${bee.slug}/entries?batchId=one`, entries, 201);
    for (const path of ['2026/deep/er/big.bin', '2026/a b%.csv', '2026.txt', 'z']) {
      const url = `${market.server.url}/v1/seller/listings/${drive.slug}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
      const headers = {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/octet-stream',
      };
      const body = path.endsWith('.bin') ? FILE : Buffer.from('a,b\n1,2\n');
      const put = await fetch(url, { method: 'PUT', headers, body: Uint8Array.from(body) });
      assert.ok(put.ok, await put.text());
    }
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  interface Owner extends Visitor {
    grantId: string;
    path: string;
    expire(): Promise<void>;
    revoke(): Promise<void>;
  }

  /** Somebody with access to a listing, at its page. */
  async function owner(
    { slug }: ShopListing,
    more: Partial<Parameters<typeof visitor>[0]> = {},
  ): Promise<Owner> {
    const placed = await answered(
      send(market, '/v1/orders', { body: { listing: slug, plan: 'gift' } }),
      201,
    );
    const { grant, claimCode } = placed;
    const who = await visitor({ origin: market.server.url, ...more });
    await who.page.goto('/shelf/open');
    await who.page.getByLabel('Claim code or key code').fill(claimCode);
    await who.page.getByRole('button', { name: 'Put it on my shelf' }).click();
    await who.page.waitForURL('**/shelf?done=found');
    await who.page.goto(`/shelf/${grant.id}`);
    const { prisma } = market.db;
    const end = async (change: 'expired' | 'revoked', expiresAt: Date | null) => {
      const row = await prisma.grant.update({
        where: { id: grant.id },
        data: change === 'revoked' ? { state: 'revoked' } : { expiresAt },
      });
      const { feedId, buyerKey, startsAt } = row;
      const entry = { grantId: row.id, feedId, buyerKey, startsAt, expiresAt: row.expiresAt };
      const logged = change === 'revoked' ? ('revoked' as const) : ('extended' as const);
      await prisma.grantLog.createMany({ data: { ...entry, change: logged } });
    };
    return {
      ...who,
      grantId: grant.id,
      path: `/shelf/${grant.id}`,
      expire: () => end('expired', new Date(Date.now() + 1500)),
      revoke: () => end('revoked', null),
      [Symbol.asyncDispose]: () => who[Symbol.asyncDispose](),
    };
  }

  const cells = (page: Page) =>
    page
      .locator('#blocks tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          Array.from(
            row.children as unknown as { textContent: string }[],
            ({ textContent }) => textContent,
          ),
        ),
      );
  const shownOf = ({ time, level, note }: (typeof ROWS)[number], i: number) => [
    time.slice(0, 19).replace('T', ' '),
    String(i),
    String(level),
    note,
  ];

  test('the table is what was appended, page by page, and seller’s values are inert', async () => {
    await using ada = await owner(core, { javaScript: false });
    const { page } = ada;
    const shown = ROWS.map(shownOf);
    assert.deepEqual(await cells(page), shown.slice(-50));
    await page.getByRole('link', { name: 'Previous' }).first().click();
    await page.getByText('Blocks 20 to 69 of 120').waitFor();
    assert.deepEqual(await cells(page), shown.slice(20, 70));
    await page.getByRole('link', { name: 'First' }).first().click();
    await page.getByText('Blocks 0 to 49 of 120').waitFor();
    assert.deepEqual(await cells(page), shown.slice(0, 50));
    await page.getByLabel('Block', { exact: true }).fill('118');
    await page.getByRole('button', { name: 'Show the block' }).click();
    await page.getByText('Blocks 118 to 119 of 120').waitFor();
    assert.deepEqual(await cells(page), shown.slice(118));
    assert.deepEqual(ada.complaints, []);
  });

  test('a time is found by few reads, before, within and after the feed', async () => {
    await using ada = await owner(core, { javaScript: false });
    const { page } = ada;
    for (const [at, first] of [
      ['2026-01-02T00:30:00', 25],
      ['2026-01-02T00:00:00', 24],
      ['2020-01-01T00:00:00', 0],
      ['2030-01-01T00:00:00', BLOCKS - 1],
    ] as const) {
      await page.goto(ada.path);
      await page.getByLabel('Time, in UTC').fill(at);
      await page.getByRole('button', { name: 'Show the time' }).click();
      await page.getByText(`Blocks ${first} to `).waitFor();
    }
    await page.goto(`${ada.path}?at=soon`);
    assert.match(await page.getByRole('alert').innerText(), /2026/);
  });

  test('a page is accessible in both themes, fits a narrow screen and draws a chart', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await using ada = await owner(core, { theme, width: 320 });
      await ada.page.locator('.plot canvas').first().waitFor();
      await assertAccessible(ada.page);
      const width = Number(await ada.page.evaluate('document.documentElement.scrollWidth'));
      assert.ok(width <= 320, `${width}`);
      assert.deepEqual(ada.complaints, []);
    }
  });

  test('downloads are what was appended, whole or in part', async () => {
    await using ada = await owner(core);
    const { request } = ada.context;
    const ndjson = await request.get(`${ada.path}/download?format=ndjson`);
    const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    assert.equal(await ndjson.text(), lines(ROWS));
    assert.equal(
      ndjson.headers()['content-disposition'],
      `attachment; filename=${core.slug}-0-120.ndjson`,
    );
    const part = await request.get(`${ada.path}/download?format=ndjson&start=10&end=12`);
    assert.equal(await part.text(), lines(ROWS.slice(10, 12)));
    const csv = await request.get(`${ada.path}/download?format=csv&end=2`);
    assert.equal(
      await csv.text(),
      `time,level,note\r\n${ROWS[0]!.time},0,"note 0, ""quoted"""\r\n${ROWS[1]!.time},0.25,"note 1, ""quoted"""\r\n`,
    );
    const [saved] = await Promise.all([
      ada.page.waitForEvent('download'),
      ada.page.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.equal(saved.suggestedFilename(), `${core.slug}-0-120.csv`);
    assert.equal((await request.get(`${ada.path}/download?format=xml`)).status(), 404);
  });

  test('a new block comes into the table by itself, and a pause holds it back', async () => {
    const feed = await listFeed(market, ROWS.slice(0, 3), FREE, { blockSchema: SCHEMA });
    await using ada = await owner(feed);
    const { page } = ada;
    const state = page.locator('#live-state');
    await until(async () => (await state.innerText()) === 'Live');
    await append(market, feed.slug, [{ ...rowAt(3), note: EVIL }]);
    await until(async () => (await cells(page)).length === 4);
    assert.deepEqual((await cells(page)).at(-1), shownOf({ ...rowAt(3), note: EVIL }, 3));
    await page.getByRole('button', { name: 'Pause' }).click();
    await append(market, feed.slug, [rowAt(4)]);
    await sleep(300);
    assert.equal((await cells(page)).length, 4);
    await page.getByRole('button', { name: 'Go on' }).click();
    await until(async () => (await cells(page)).length === 5);
    assert.deepEqual(ada.complaints, []);
  });

  for (const change of ['expire', 'revoke'] as const) {
    test(`A23: a tail is cut when access ends (${change}), and the page says so`, async () => {
      await using ada = await owner(core);
      const { page } = ada;
      await until(async () => (await page.locator('#live-state').innerText()) === 'Live');
      await ada[change]();
      const end = page.locator('#live-end');
      await until(async () => /nothing more comes/.test((await end.textContent()) ?? ''));
      await page.reload();
      const heading =
        change === 'expire' ? 'Your access has ended' : 'The seller has revoked your access';
      await page.getByRole('heading', { name: heading }).waitFor();
      await assertAccessible(page);
      if (change === 'expire') await page.getByRole('link', { name: 'Buy more time' }).waitFor();
      const answer = await ada.context.request.get(`${ada.path}/tail`);
      assert.equal(answer.status(), 402);
      const again = await ada.context.request.get(`${ada.path}/download`, { maxRedirects: 0 });
      assert.equal(again.status(), 303);
      assert.deepEqual(ada.complaints, []);
    });
  }

  test('A23: a download that access ends in the middle of is broken off, not ended', async () => {
    // More than all sockets on the way take ahead of their readers.
    const rows = Array.from({ length: 24 }, (_, i) => ({ i, text: 'x'.repeat(1_000_000) }));
    const large = await listFeed(market, rows, FREE);
    await using ada = await owner(large);
    const cookie = (await ada.context.cookies()).map(({ name, value }) => `${name}=${value}`);
    const answer = await fetch(`${market.server.url}${ada.path}/download?format=ndjson`, {
      headers: { cookie: cookie.join('; ') },
    });
    assert.equal(answer.status, 200);
    const reader = answer.body!.getReader();
    let bytes = (await reader.read()).value!.byteLength;
    await ada.revoke();
    await sleep(500);
    await assert.rejects(async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        bytes += value.byteLength;
      }
    });
    assert.ok(bytes < 24 * 1_000_000, `${bytes}`);
  });

  test('a Hyperbee is searched by key, leafed through and downloaded', async () => {
    await using ada = await owner(bee, { javaScript: false });
    const { page } = ada;
    const keys = () => page.locator('tbody th').allInnerTexts();
    assert.equal((await keys()).length, 50);
    assert.match(await page.locator('tbody tr').first().innerText(), /<img src=x/);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Entries behind').waitFor();
    assert.deepEqual((await keys()).at(-1), 'b/069');
    await page.getByLabel('Keys that begin with').fill('b/06');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('All entries whose keys begin with').waitFor();
    assert.equal((await keys()).length, 10);
    await assertNoScroll(page);
    const answer = await ada.context.request.get(`${ada.path}/download?format=ndjson&q=a/00`);
    const lines = (await answer.text()).trim().split('\n');
    assert.deepEqual(JSON.parse(lines[0]!), { key: 'a/000', value: { i: 0, text: EVIL } });
    assert.equal(lines.length, 10);
    const csv = await ada.context.request.get(`${ada.path}/download?format=csv&q=b/069`);
    assert.equal(await csv.text(), 'key,value\r\nb/069,"{""i"":69,""text"":""xxx""}"\r\n');
    await using eve = await owner(bee);
    await assertAccessible(eve.page);
    assert.deepEqual(eve.complaints, []);
  });

  test('a Hyperdrive is a tree of folders, with files that come whole and in ranges', async () => {
    await using ada = await owner(drive);
    const { page } = ada;
    const names = () => page.locator('tbody a').allInnerTexts();
    assert.deepEqual(await names(), ['2026/', '2026.txt', 'z']);
    await assertAccessible(page);
    await page.getByRole('link', { name: '2026/' }).click();
    await page.getByRole('link', { name: 'deep/' }).waitFor();
    assert.deepEqual(await names(), ['deep/', 'a b%.csv']);
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'a b%.csv' }).click(),
    ]);
    assert.equal(saved.suggestedFilename(), 'a b%.csv');
    const { request } = ada.context;
    const big = `${ada.path}/files/2026/deep/er/big.bin`;
    assert.ok((await (await request.get(big)).body()).equals(FILE));
    const part = await request.get(big, { headers: { range: 'bytes=100-199' } });
    assert.equal(part.status(), 206);
    assert.equal(part.headers()['content-range'], 'bytes 100-199/300000');
    assert.ok((await part.body()).equals(FILE.subarray(100, 200)));
    const beyond = await request.get(big, { headers: { range: 'bytes=300000-' } });
    assert.equal(beyond.status(), 416);
    assert.equal((await request.get(`${ada.path}/files/nothing`)).status(), 404);
    assert.deepEqual(ada.complaints, []);
  });

  test('a feed without a block says so, and shows the first one when it comes', async () => {
    const feed = await listFeed(market, [], FREE);
    await using ada = await owner(feed);
    await ada.page.getByRole('heading', { name: 'The feed is empty still' }).waitFor();
    await until(async () => (await ada.page.locator('#live-state').innerText()) === 'Live');
    await append(market, feed.slug, [{ first: 1 }]);
    await ada.page.getByText('Blocks 0 to 0 of 1').waitFor();
    assert.deepEqual(ada.complaints, []);
  });

  test('a market whose seeder is gone says that the data is away, and that time goes on', async () => {
    await using ada = await owner(core);
    await market.seeder.stop();
    const answer = await ada.page.reload();
    assert.equal(answer?.status(), 503);
    await ada.page.getByRole('heading', { name: 'cannot be reached right now' }).waitFor();
    await assertAccessible(ada.page);
  });

  async function assertNoScroll(page: Page): Promise<void> {
    const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
    assert.ok(width <= 1280, `${width}`);
  }
});
