import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, call, listFeed, until } from '../support/shop.ts';

const skip = await browserMissing();
const HOUR_MS = 3_600_000;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '10000' },
  { name: 'blink', kind: 'time', periodMs: 20_000, priceMsat: '1000' },
  {
    name: 'year',
    kind: 'time',
    periodMs: 365 * 24 * HOUR_MS,
    price: { currency: 'EUR', amountMinor: 499 },
  },
  { name: 'forever', kind: 'forever', priceMsat: '1000000' },
  { name: 'try', kind: 'trial', periodMs: 60_000 },
];
const READINGS = Array.from({ length: 60 }, (_, i) => ({
  time: new Date(Date.UTC(2026, 5, 1, 12, i)).toISOString(),
  celsius: Math.round(100 * (20 + 3 * Math.sin(i / 9))) / 100,
  humidity: i % 10 === 3 ? null : 50 + (i % 7),
  sky: i % 2 === 0 ? 'clear' : 'overcast',
}));
const SCHEMA = {
  type: 'object',
  properties: {
    time: { type: 'string', format: 'date-time', description: 'When it was measured' },
    celsius: { type: 'number', unit: '°C', description: 'Of the air' },
    humidity: { type: ['number', 'null'], minimum: 0, maximum: 100 },
    sky: { enum: ['clear', 'overcast'] },
    place: { type: 'object', properties: { lat: { type: 'number' }, lon: { type: 'number' } } },
  },
  required: ['time', 'celsius'],
};

let market: TestMarket;
let weather: string;

before(async () => {
  if (skip) return;
  market = await startMarket();
  weather = await list(READINGS, {
    title: 'Garden weather',
    description: 'Measured **each minute**.\n\n# Where\n\nIn the garden.',
    tags: ['weather'],
    licence: 'CC0 (https://creativecommons.org/publicdomain/zero/1.0/)',
    terms: 'Say where it is from.',
    blockSchema: SCHEMA,
    preview: { from: 'last', blocks: 40 },
  });
});

after(async () => {
  await closeBrowser();
  await market?.[Symbol.asyncDispose]();
});

/** @returns the slug of a listing whose preview is there */
async function list(rows: object[], more: object): Promise<string> {
  const { slug } = await listFeed(market, rows, PLANS, more);
  if (rows.length > 0) await untilPreviewed(slug, (items) => items > 0);
  return slug;
}

async function untilPreviewed(slug: string, isThere: (items: number) => boolean): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${market.server.url}/v1/listings/${slug}/preview`);
    return isThere(((await answer.json()) as { items: unknown[] }).items.length);
  });
}

const rowsOf = (page: Page) =>
  page
    .locator('#preview ~ figure tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));

/** How many pixels of each canvas have something on them. */
async function paintedPixels(page: Page): Promise<number[]> {
  return page.evaluate(`[...document.querySelectorAll('.panes canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => at % 4 === 3 && value > 0).length;
  })`);
}

test('a time series is drawn, equals its table, and is read by keyboard', { skip }, async () => {
  await using reader = await visitor({ origin: market.server.url });
  const { page } = reader;
  await page.goto(`/listings/${weather}`);
  await page.locator('.panes canvas').nth(1).waitFor();
  const painted = await paintedPixels(page);
  assert.equal(painted.length, 2, 'a chart for each unit');
  for (const pixels of painted) assert.ok(pixels > 500, `${pixels} pixels`);

  const expected = READINGS.slice(-40).map(({ time, celsius, humidity, sky }) => [
    time.slice(0, 19).replace('T', ' '),
    String(celsius),
    humidity === null ? '' : String(humidity),
    sky,
  ]);
  assert.deepEqual(await rowsOf(page), expected);

  await page.getByRole('group', { name: /arrow keys/ }).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  const { celsius, humidity } = READINGS.at(-2)!;
  assert.equal(
    await page.locator('.reading').innerText(),
    `2026-06-01 12:58:00 UTC: celsius ${celsius} °C, humidity ${humidity}`,
  );
  const line = page.getByRole('button', { name: 'celsius (°C)' });
  await line.focus();
  await page.keyboard.press('Enter');
  assert.equal(await line.getAttribute('aria-pressed'), 'false');
  const after = await paintedPixels(page);
  assert.ok(after[0]! < painted[0]!, 'the line is gone');
  await assertAccessible(page);
  assert.deepEqual(reader.complaints, []);
});

test('what is appended appears while the page is looked at', { skip }, async () => {
  const slug = await list([{ n: 1 }, { n: 2 }], { preview: { from: 'last', blocks: 5 } });
  await using reader = await visitor({ origin: market.server.url });
  const { page } = reader;
  const first = page.waitForResponse(`**/v1/listings/${slug}`);
  await page.goto(`/listings/${slug}`);
  await first;
  await append(market, slug, [{ n: 3 }]);
  await untilPreviewed(slug, (items) => items === 3);
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
  await page.getByText('1 more block at').waitFor();
  assert.match(await page.locator('[data-live=figures]').innerText(), /3 blocks/);
  assert.deepEqual(
    (await rowsOf(page)).map(([n]) => n),
    ['1', '2', '3'],
  );
  assert.deepEqual(reader.complaints, []);
});

test('numbers too close or too large for an axis stay in the table', { skip }, async () => {
  const rows = [
    { n: 2 ** 53 - 2, v: 1e308, w: 2 ** 53 - 2 },
    { n: 2 ** 53 - 1, v: -1e308, w: 2 ** 53 - 1 },
  ];
  const slug = await list(rows, { preview: { from: 'last', blocks: 5 } });
  await using reader = await visitor({ origin: market.server.url });
  const { page } = reader;
  await page.goto(`/listings/${slug}`);
  await page.locator('.plot').waitFor({ state: 'detached' });
  assert.equal((await rowsOf(page)).length, 2);
  assert.deepEqual(reader.complaints, []);
});

test('plans say what they buy and until when, and lead to the order', { skip }, async () => {
  await using buyer = await visitor({ origin: market.server.url });
  const { page } = buyer;
  await page.goto(`/listings/${weather}`);
  assert.match(
    await page.locator('.plan').first().innerText(),
    /1 hour\s+10 sat[\s\S]*Until .+ if you pay now/,
  );
  assert.match(await page.locator('.plan').nth(2).innerText(), /€4\.99\s+about 8,317 sat/);
  assert.match(await page.locator('.plan').nth(4).innerText(), /Trial of 1 minute\s+free/);
  await page.getByLabel('How many periods').fill('3');
  await page.getByText('Together 30 sat').waitFor();
  await page.getByRole('radio', { name: /For ever/ }).check();
  assert.equal(await page.getByLabel('How many periods').isVisible(), false);
  await page.getByRole('radio', { name: /1 hour/ }).check();
  await page.getByRole('button', { name: 'Buy access' }).click();
  await page.waitForURL(`**/listings/${weather}/buy?plan=hour&quantity=3`);
});

test('the page tells all of it without scripts, narrow and in the dark', { skip }, async () => {
  await using reader = await visitor({
    origin: market.server.url,
    javaScript: false,
    theme: 'dark',
    width: 320,
  });
  const { page } = reader;
  const answer = await page.goto(`/listings/${weather}`);
  assert.equal(answer?.status(), 200);
  const width = await page.evaluate('document.documentElement.scrollWidth');
  assert.ok(Number(width) <= 320, `${width} px wide`);
  const text = await page.locator('main').innerText();
  for (const part of ['60 blocks', 'place.lat', 'Measured each minute', '✓ Checked as this page']) {
    assert.ok(text.includes(part), part);
  }
  assert.equal((await rowsOf(page)).length, 40);
  const levels = await page
    .locator('h1, h2, h3, h4')
    .evaluateAll((all) => all.map((h) => h.tagName));
  for (const [at, level] of levels.entries()) {
    assert.ok(at === 0 ? level === 'H1' : Number(level[1]) <= Number(levels[at - 1]![1]) + 1);
  }
  await page.getByRole('button', { name: 'Buy access' }).click();
  await page.waitForURL(`**/listings/${weather}/buy?plan=hour&quantity=1`);
  await using dark = await visitor({ origin: market.server.url, theme: 'dark', width: 320 });
  await dark.page.goto(`/listings/${weather}`);
  // Drawn when it comes near the view, which is narrow here.
  await dark.page.locator('.figures').scrollIntoViewIfNeeded();
  await dark.page.locator('.panes canvas').first().waitFor();
  await assertAccessible(dark.page);
  assert.ok(Number(await dark.page.evaluate('document.documentElement.scrollWidth')) <= 320);
});

test('a Hyperbee is looked through by key', { skip }, async () => {
  const slug = await list([], {
    feed: { kind: 'hyperbee' },
    preview: { from: 'first', blocks: 20 },
  });
  const entries = ['berlin', 'bern', 'bonn', 'bremen'].map((key, i) => ({
    op: 'put',
    key,
    value: { rank: i, name: key.toUpperCase() },
  }));
  await call(market, 'POST', `/v1/seller/listings/${slug}/entries?batchId=a`, entries, 201);
  await untilPreviewed(slug, (items) => items === 4);
  await using reader = await visitor({ origin: market.server.url });
  const { page } = reader;
  await page.goto(`/listings/${slug}`);
  await page.getByLabel('Filter by key').fill('ber');
  assert.equal(await page.locator('[data-entries] tbody tr:visible').count(), 2);
  await page.getByText('2 of 4 keys').waitFor();
  await page.getByText('{"name":"BERN","rank":1}').click();
  assert.match(await page.locator('[data-entries] details[open] pre').innerText(), /"rank": 1/);
  await assertAccessible(page);
  assert.deepEqual(reader.complaints, []);
});

test('a Hyperdrive shows its files in their folders', { skip }, async () => {
  const slug = await list([], {
    feed: { kind: 'hyperdrive' },
    preview: { from: 'first', blocks: 20 },
  });
  for (const path of ['2026/june/a.csv', '2026/june/b.csv', 'readme.txt']) {
    const answer = await fetch(`${market.server.url}/v1/seller/listings/${slug}/files/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'text/plain' },
      body: 'x'.repeat(1_500),
    });
    assert.equal(answer.status, 200);
  }
  await untilPreviewed(slug, (items) => items === 3);
  await using reader = await visitor({ origin: market.server.url });
  const { page } = reader;
  await page.goto(`/listings/${slug}`);
  const tree = await page.locator('.files').innerText();
  assert.deepEqual(
    tree.split('\n').filter((line) => line.trim() !== ''),
    ['The first 3 files', '2026/', 'june/', 'a.csv 1.5 kB', 'b.csv 1.5 kB', 'readme.txt 1.5 kB'],
  );
  await assertAccessible(page);
  assert.deepEqual(reader.complaints, []);
});

test('a draft is not there for strangers, and what was withdrawn is not sold', {
  skip,
}, async () => {
  const { url } = market.server;
  const slug = 'a-draft-of-mine';
  const draft = {
    slug,
    title: 'Draft',
    description: '',
    licence: 'CC0-1.0',
    blockSchema: {},
    plans: PLANS,
  };
  await call(market, 'POST', '/v1/seller/listings', draft, 201);
  for (const path of [slug, `${slug}/sample.csv`, 'no-such-listing', 'NOT%20A%20SLUG']) {
    const answer = await fetch(`${url}/listings/${path}`, { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 404, path);
  }
  const sold = await list([{ n: 1 }], { preview: { from: 'first', blocks: 1 } });
  await call(market, 'POST', `/v1/seller/listings/${sold}/withdraw`, undefined, 200);
  await using reader = await visitor({ origin: url, javaScript: false });
  assert.equal((await reader.page.goto(`/listings/${sold}`))?.status(), 200);
  const text = await reader.page.locator('main').innerText();
  assert.match(text, /Withdrawn\./);
  assert.equal(await reader.page.getByRole('button', { name: 'Buy access' }).count(), 0);
  assert.equal((await fetch(`${url}/listings/${sold}/sample.csv`)).status, 409);
});

test('a view is counted once a visitor, and a look at the head is none', { skip }, async () => {
  const slug = await list([], {});
  const { id } = await market.db.prisma.listing.findFirstOrThrow({ where: { slug } });
  const views = () => market.db.prisma.listingView.count({ where: { listingId: id } });
  const headers = { accept: 'text/html', 'user-agent': 'Reader/1' };
  const address = `${market.server.url}/listings/${slug}`;
  assert.equal((await fetch(address, { method: 'HEAD', headers })).status, 200);
  await fetch(address, { headers: { ...headers, 'user-agent': 'Reader/2' } });
  await fetch(address, { headers: { ...headers, 'user-agent': 'Reader/2' } });
  await until(async () => (await views()) > 0);
  assert.equal(await views(), 1);
});

test('a sample is downloaded whole, and no cell of it is a formula', { skip }, async () => {
  const rows = [
    { z: -1.5, a: '=1+1', nested: { b: [1] } },
    { z: 2, a: '-cmd', extra: '@x' },
    { z: 3, a: 'plain "quoted", \n two lines' },
  ];
  const properties = { z: { type: 'number' }, a: { type: 'string' } };
  const slug = await list(rows, {
    preview: { from: 'first', blocks: 10 },
    blockSchema: { type: 'object', properties },
  });
  const ndjson = await fetch(`${market.server.url}/listings/${slug}/sample.ndjson`);
  const disposition = ndjson.headers.get('content-disposition');
  assert.equal(disposition, `attachment; filename=${slug}-sample.ndjson`);
  assert.equal(await ndjson.text(), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const csv = await fetch(`${market.server.url}/listings/${slug}/sample.csv`);
  assert.match(csv.headers.get('content-type')!, /^text\/csv/);
  assert.equal(
    await csv.text(),
    [
      'z,a,nested,extra',
      `-1.5,'=1+1,"{""b"":[1]}",`,
      `2,'-cmd,,'@x`,
      '3,"plain ""quoted"", \n two lines",,',
      '',
    ].join('\r\n'),
  );
});
