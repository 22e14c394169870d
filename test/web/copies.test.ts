import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { pay, readOrder, until } from '../support/shop.ts';
import { becomeSeller } from './seller.ts';

const skip = await browserMissing();

let market: TestMarket;
before(async () => {
  if (!skip) market = await startMarket();
});
after(async () => {
  await closeBrowser();
  await market?.[Symbol.asyncDispose]();
});

/** Appends the rows to the draft that the seller looks at, and puts it on sale. */
async function publish({ page, context }: Visitor, slug: string, rows: object[]): Promise<void> {
  const sent = await context.request.post(`/v1/seller/listings/${slug}/blocks?batchId=1`, {
    headers: { origin: market.server.url, 'content-type': 'application/x-ndjson' },
    data: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  });
  assert.equal(sent.status(), 201, await sent.text());
  await until(async () => {
    await page.reload();
    return page.getByRole('button', { name: 'Publish' }).isVisible();
  });
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('It is on sale').waitFor();
}

describe('a sealed feed in the browser', { skip }, () => {
  const SLUG = 'sealed-garden';
  const ROWS = Array.from({ length: 12 }, (_, row) => ({ row, celsius: row / 2 }));

  it('is put on sale by its seller in words, bought, and read', async () => {
    const { url: origin } = market.server;
    await using seller = await visitor({ origin });
    await becomeSeller(seller, market);
    const desk = seller.page;
    await desk.goto('/desk/listings/new');
    await desk.getByLabel('Title').fill('Sealed garden');
    await desk.getByLabel('Licence').fill('CC0-1.0');
    await desk.getByLabel('Sealed', { exact: true }).check();
    await desk.getByLabel('A new key every').selectOption('1 minute');
    const price = desk.getByRole('group', { name: 'price 1' });
    await price.getByLabel('Price', { exact: true }).fill('50');
    await assertAccessible(desk);
    await desk.getByRole('button', { name: 'Save as a draft' }).click();
    await desk.waitForURL(`**/desk/listings/${SLUG}`);
    await desk.getByText('sealed, with a new key every 1 minute').waitFor();
    await publish(seller, SLUG, ROWS);

    await using buyer = await visitor({ origin });
    const { page } = buyer;
    await page.goto(`/listings/${SLUG}`);
    await page.getByText('Sealed', { exact: true }).waitFor();
    await assertAccessible(page);
    await page.goto(`/listings/${SLUG}/buy?plan=hour`);
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.waitForURL('**/orders/*');
    const id = /orders\/([\w-]+)/.exec(page.url())![1]!;
    await pay(connect(market.sandbox.nodes.buyer), await readOrder(market, id));
    await page.getByRole('heading', { name: 'Paid: it is yours', level: 1 }).waitFor();
    await page.locator('#read').click();
    await page.waitForURL('**/shelf/*');
    await page
      .locator('#blocks tbody tr')
      .nth(ROWS.length - 1)
      .waitFor();
    const ndjson = await buyer.context.request.get(`${page.url()}/download?format=ndjson`);
    assert.equal(await ndjson.text(), ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
    for (const { complaints } of [seller, buyer]) assert.deepEqual(complaints, []);
  });
});

describe('a unique feed in the browser', { skip }, () => {
  const SLUG = 'unique-garden';
  const ROWS = Array.from({ length: 3 }, (_, row) => ({ row, celsius: row / 2 }));

  it('is put on sale by its seller in words, and says so to buyers', async () => {
    const { url: origin } = market.server;
    await using seller = await visitor({ origin });
    await becomeSeller(seller, market);
    const desk = seller.page;
    await desk.goto('/desk/listings/new');
    await desk.getByLabel('Title').fill('Unique garden');
    await desk.getByLabel('Licence').fill('CC0-1.0');
    await desk.getByLabel('Unique to each buyer', { exact: true }).check();
    const price = desk.getByRole('group', { name: 'price 1' });
    await price.getByLabel('Price', { exact: true }).fill('50');
    await assertAccessible(desk);
    await desk.getByRole('button', { name: 'Save as a draft' }).click();
    await desk.waitForURL(`**/desk/listings/${SLUG}`);
    await desk.getByText('unique: each bears the key of its buyer').waitFor();
    await publish(seller, SLUG, ROWS);

    await using buyer = await visitor({ origin });
    const { page } = buyer;
    await page.goto(`/listings/${SLUG}`);
    await page.getByText('Unique', { exact: true }).waitFor();
    await page.getByText('npx dazaar buy').waitFor();
    await page.getByText('JavaScript', { exact: true }).waitFor();
    await assertAccessible(page);
    for (const { complaints } of [seller, buyer]) assert.deepEqual(complaints, []);
  });
});
