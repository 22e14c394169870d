import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/shop.ts';
import { becomeSeller } from './seller.ts';

const SLUG = 'unique-garden';
const ROWS = Array.from({ length: 3 }, (_, row) => ({ row, celsius: row / 2 }));

const skip = await browserMissing();

describe('a unique feed in the browser', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket();
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

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
    const sent = await seller.context.request.post(`/v1/seller/listings/${SLUG}/blocks?batchId=1`, {
      headers: { origin, 'content-type': 'application/x-ndjson' },
      data: ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''),
    });
    assert.equal(sent.status(), 201, await sent.text());
    await until(async () => {
      await desk.reload();
      return desk.getByRole('button', { name: 'Publish' }).isVisible();
    });
    await desk.getByRole('button', { name: 'Publish' }).click();
    await desk.getByText('It is on sale').waitFor();

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
