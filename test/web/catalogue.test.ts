import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { bundle } from '../../web/bundle.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';
import { type StockItem, stock } from './stock.ts';

const JS_BUDGET_BYTES = 20 * 1024;
const DAY_MS = 86_400_000;
const HOSTILE = '<img src=x onerror=alert(1)></p><script>alert(2)</script>';

const NAMED: StockItem[] = [
  {
    slug: 'airships',
    title: 'Airship positions',
    description: 'Every zeppelin over Lake Constance, each second. More.',
    tags: ['air', 'live'],
    priceSat: 30,
    agoMs: 0,
  },
  {
    slug: 'balloons',
    title: 'Weather balloons',
    description: 'Soundings of the air.',
    tags: ['air', 'weather'],
    priceSat: 5,
    agoMs: 2 * DAY_MS,
  },
  {
    slug: 'tide-tables',
    title: 'Tide tables',
    tags: ['sea'],
    kind: 'hyperbee',
    priceSat: 500,
    agoMs: 20 * DAY_MS,
  },
  { slug: 'charts', title: 'Sea charts', tags: ['sea'], kind: 'hyperdrive' },
  {
    slug: 'hostile',
    title: `Hostile ${HOSTILE}`,
    description: `[x](javascript:alert(3)) ${HOSTILE}`,
    tags: ['odd'],
    priceSat: 7,
  },
];
const GAUGES = Array.from({ length: 30 }, (_, at) => ({
  slug: `gauge-${at}`,
  title: `River gauge ${at}`,
  description: 'Water levels of a river.',
  tags: ['river'],
  priceSat: 100 + at,
}));

const skip = await browserMissing();
after(closeBrowser);

describe('the catalogue', { skip }, () => {
  let market: TestMarket;
  let origin: string;
  before(async () => {
    market = await startMarket({ workers: false });
    origin = market.server.url;
    await stock(market.db.prisma, market.sellerId, [...NAMED, ...GAUGES]);
  });
  after(() => market?.[Symbol.asyncDispose]());

  it('is searched, narrowed, sorted and paged by plain links and forms', async () => {
    await using guest = await visitor({ origin, javaScript: false });
    const { page } = guest;
    await page.goto('/');
    assert.equal(await found(page), '35 data sets');
    const card = page.locator('article', { hasText: 'Airship positions' });
    assert.match(await card.innerText(), /Every zeppelin over Lake Constance, each second\./);
    assert.match(await card.innerText(), /Stream of records by Test seller/);
    assert.match(await card.innerText(), /live.*Updated \d+ s ago/s);
    assert.match(await card.innerText(), /30 sat for 1 hour/);

    await page.getByRole('link', { name: 'Next page' }).click();
    assert.equal(await page.locator('article').count(), 11);
    await page.getByRole('link', { name: 'First page' }).click();
    assert.equal(new URL(page.url()).search, '');

    await page
      .getByRole('navigation', { name: 'Tags' })
      .getByRole('link', { name: 'air 2' })
      .click();
    assert.deepEqual(await titles(page), ['Airship positions', 'Weather balloons']);
    await page.getByLabel('Sort by').selectOption('Lowest price');
    await page.getByRole('button', { name: 'Search' }).click();
    assert.deepEqual(await titles(page), ['Weather balloons', 'Airship positions']);
    await page.getByLabel('Price up to, in sat').fill('10');
    await page.getByRole('button', { name: 'Search' }).click();
    assert.deepEqual(await titles(page), ['Weather balloons']);
    await page.getByRole('link', { name: 'Remove the tag air' }).click();
    assert.deepEqual(await titles(page), ['Sea charts', 'Weather balloons', 'x']);
    assert.equal(await page.getByLabel('Sort by').inputValue(), 'price');
  });

  it('knows kinds, how fresh data is, and each order', async () => {
    const shown = async (query: string) => {
      const text = await (await fetch(`${origin}/?${query}`)).text();
      return [...text.matchAll(/<h2><a href="\/listings\/([^"]+)">/g)].map(([, slug]) => slug);
    };
    assert.deepEqual(await shown('kind=hyperbee'), ['tide-tables']);
    assert.deepEqual(await shown('kind=hyperdrive&price=0'), ['charts']);
    assert.deepEqual(await shown('tag=air&fresh=day'), ['airships']);
    assert.deepEqual(await shown('tag=air&fresh=week&sort=fresh'), ['airships', 'balloons']);
    assert.deepEqual(await shown('tag=air&sort=newest'), ['airships', 'balloons']);
    assert.deepEqual(await shown('q=%22weather+balloons%22'), ['balloons']);
    assert.equal((await shown('q=air&sort=relevance'))[0], 'airships');
    assert.equal((await shown('sort=popular')).length, 24);
  });

  it('is friendly to an address that asks for what does not exist', async () => {
    await using guest = await visitor({ origin });
    const { page } = guest;
    const answer = await page.goto('/?kind=gold&price=cheap&q=sea');
    assert.equal(answer?.status(), 400);
    assert.match(await page.locator('#results').innerText(), /There is no such kind of data/);
    assert.equal(await page.getByLabel('Search the data').inputValue(), 'sea');
    await assertAccessible(page);
    await page.goto('/?after=AAAA&utm_source=x');
    assert.match(await page.locator('#results').innerText(), /Start again from the first/);
    await page.getByRole('link', { name: 'Show all data' }).click();
    assert.equal(await found(page), '35 data sets');
    for (const query of ['tag=%00', `q=${'x'.repeat(300)}`, 'q=%00', 'sort[]=1', 'tag=A&tag=B']) {
      const { status, headers } = await fetch(`${origin}/?${query}`);
      assert.ok(status === 400 || status === 200, `${query}: ${status}`);
      assert.match(headers.get('content-type')!, /^text\/html/, query);
    }
    assert.deepEqual(guest.complaints, []);
  });

  it('teaches when nothing is found', async () => {
    await using guest = await visitor({ origin, javaScript: false });
    const { page } = guest;
    await page.goto('/?q=unobtainium&kind=hyperbee&tag=sea');
    assert.equal(await found(page), 'No data set found');
    await page.getByRole('link', { name: 'the words', exact: true }).click();
    assert.deepEqual(await titles(page), ['Tide tables']);
  });

  it('shows results as the search is typed, and keeps its address', async () => {
    await using guest = await visitor({ origin });
    const { page } = guest;
    await page.goto('/');
    const box = page.getByLabel('Search the data');
    await box.pressSequentially('zeppel');
    await until(async () => (await page.locator('article').count()) === 1);
    assert.equal(await found(page), '1 data set');
    assert.equal(new URL(page.url()).search, '?q=zeppel');
    assert.equal(
      await page.getByLabel('Sort by').locator('option:checked').innerText(),
      'Best match',
    );
    assert.equal(await page.evaluate('document.activeElement.id'), 'search');

    await page.getByRole('link', { name: 'Airship positions' }).click();
    await page.waitForURL('**/listings/airships');
    await page.goBack();
    await page.waitForURL('**/?q=zeppel');
    assert.equal(await box.inputValue(), 'zeppel');
    assert.deepEqual(await titles(page), ['Airship positions']);

    await box.fill('');
    await until(async () => (await page.locator('article').count()) === 24);
    assert.equal(new URL(page.url()).search, '');
    await page.getByLabel('Kind').selectOption('Files');
    await until(async () => (await page.locator('article').count()) === 1);
    assert.deepEqual(guest.complaints, []);
  });

  it('shows what was asked for last, though the answer before it is late, and says when none comes', async () => {
    await using guest = await visitor({ origin });
    const { page } = guest;
    await page.goto('/');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/?q=tide', async (route) => {
      await held;
      await route.continue().catch(() => {});
    });
    const box = page.getByLabel('Search the data');
    const asked = page.waitForRequest('**/?q=tide');
    await box.fill('tide');
    const late = await asked;
    const dropped = page.waitForEvent('requestfailed', (request) => request === late);
    await box.fill('balloons');
    await until(async () => (await found(page)) === '1 data set');
    await dropped;
    release();
    assert.deepEqual(await titles(page), ['Weather balloons']);

    await page.route('**/?q=charts', (route) => route.abort());
    await box.fill('charts');
    await page.getByText('The search did not get through').waitFor();
    await page.unroute('**/?q=charts');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'Sea charts' }).waitFor();
  });

  it('is used with the keyboard alone', async () => {
    await using guest = await visitor({ origin });
    const { page } = guest;
    await page.goto('/');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to content');
    await page.keyboard.press('Enter');
    await tabTo(page, 'search');
    await page.keyboard.type('tide tables');
    await page.keyboard.press('Enter');
    await page.getByText('1 data set', { exact: true }).waitFor();
    await tabTo(page, 'Tide tables');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/listings/tide-tables');
  });

  it('runs nothing that a seller wrote', async () => {
    await using guest = await visitor({ origin });
    const { page } = guest;
    page.on('dialog', () => assert.fail('a script of a seller ran'));
    await page.goto('/?tag=odd');
    const card = page.locator('article');
    assert.match(await card.getByRole('heading').innerText(), /<img src=x onerror=alert\(1\)>/);
    assert.equal(await card.locator('img, script').count(), 0);
    assert.equal(await card.locator('a[href^="javascript"]').count(), 0);
    assert.deepEqual(guest.complaints, []);
  });

  it('is accessible and fits, in light and dark, from a telephone to a wide screen', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await using guest = await visitor({ origin, theme, width: 320, height: 640 });
      const { page } = guest;
      for (const path of ['/', '/?q=nothing-like-it&tag=sea', '/help']) {
        await page.goto(path);
        await assertAccessible(page);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        assert.equal(width, 320, `${path} scrolls sideways`);
      }
      await page.setViewportSize({ width: 1600, height: 900 });
      await page.goto('/?q=river');
      await page.getByText('30 data sets').waitFor();
      assert.deepEqual(guest.complaints, []);
    }
  });

  it('loads no more script than it needs', async () => {
    await using guest = await visitor({ origin });
    const { files } = await bundle();
    let bytes = 0;
    guest.page.on('response', (answer) => {
      const name = new URL(answer.url()).pathname.replace('/assets/', '');
      if (name.endsWith('.js')) bytes += files.get(name)!.gzip.length;
    });
    await guest.page.goto('/', { waitUntil: 'networkidle' });
    assert.ok(bytes > 0 && bytes <= JS_BUDGET_BYTES, `${bytes} bytes`);
  });
});

function found(page: Page): Promise<string> {
  return page.locator('.found').innerText();
}

/** As written; the hostile one by what is left of it when cut at its first sign of markup. */
async function titles(page: Page): Promise<string[]> {
  const all = await page.locator('article h2').allInnerTexts();
  return all.map((title) => (title.startsWith('Hostile') ? 'x' : title));
}

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.id || document.activeElement.textContent');
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no way to ${name} by Tab`);
}
