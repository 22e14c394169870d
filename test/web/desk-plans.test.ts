import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { becomeSeller, writeListing } from './seller.ts';

const skip = await browserMissing();
after(closeBrowser);

describe('what plans open, at the desk and on the page of the data', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  it('is chosen by the seller, kept when other things are changed, and told to buyers', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    await page.goto(`/desk/listings/${slug}/edit`);
    const plan = page.getByRole('group', { name: 'hour' });
    await plan.getByText('What it opens').click();
    await plan.getByLabel('Of the past').selectOption('last');
    await plan.getByLabel('How many last blocks').fill('0');
    await plan.getByLabel('Machines at once').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await plan.getByLabel('How many last blocks').inputValue(), '0');
    await assertAccessible(page);
    await plan.getByLabel('How many last blocks').fill('500');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/done=saved/);
    const where = { listing: { slug }, retiredAt: null };
    const written = await market.db.prisma.plan.findMany({ where });
    assert.deepEqual(
      written.map(({ history, historyBlocks, maxConnections }) => [
        history,
        historyBlocks,
        maxConnections,
      ]),
      [['last', 500n, 2]],
    );
    await page.goto(`/desk/listings/${slug}/edit`);
    await page.getByLabel('Title').fill('Another title');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/done=saved/);
    const [kept] = await market.db.prisma.plan.findMany({ where });
    assert.equal(kept?.id, written[0]?.id);
    await page.goto(`/listings/${slug}`);
    await page.getByText('The last 500 blocks and what comes; 2 machines at a time').waitFor();
  });
});
