import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sats } from '../../web/parts/money.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { connect } from '../support/market.ts';
import { call, pay, placeOrder } from '../support/shop.ts';
import { atDesk, HOUR, openOther, PRICE_MSAT, sell, startShop } from './desk-shop.ts';

const skip = await browserMissing();

describe('the desk’s overview', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startShop();
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  it('teaches a new seller what to do first, also without scripts', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    const steps = page.getByRole('region', { name: 'Sell your first data' });
    assert.deepEqual(await steps.getByRole('heading', { level: 3 }).allInnerTexts(), [
      'List',
      'Append',
      'Publish',
      'Sell',
    ]);
    await call(market, 'POST', '/v1/seller/listings', { ...DRAFT, slug: 'tides' }, 201);
    await page.reload();
    const attention = page.getByRole('region', { name: 'Needs your attention' });
    await attention.getByRole('link', { name: DRAFT.title }).waitFor();
    assert.equal(await page.getByText('✓ done').count(), 1);
  });

  it('says what the ledger and the API say, and shows a sale as it comes in', async () => {
    const { listing } = await sell(market, 2);
    await using seller = await atDesk(market);
    const { page, complaints } = seller;
    type Revenue = { total: { netMsat: string; commissionMsat: string } };
    const revenue = (await call(
      market,
      'GET',
      '/v1/seller/analytics/revenue',
      undefined,
      200,
    )) as Revenue;
    const account = await market.db.prisma.ledgerAccount.findUniqueOrThrow({
      where: { kind_owner: { kind: 'seller', owner: market.sellerId } },
    });
    assert.equal(revenue.total.netMsat, `${account.balanceMsat}`);
    const tile = (name: string) => page.locator('.tiles div', { hasText: name }).locator('dd');
    assert.ok((await tile('Revenue').innerText()).startsWith(sats(revenue.total.netMsat)));
    assert.match(await tile('Revenue').innerText(), new RegExp(sats(revenue.total.commissionMsat)));
    assert.ok((await tile('Balance').innerText()).startsWith(sats(account.balanceMsat)));
    assert.match(await tile('Sales').innerText(), /^2\b/);
    assert.match(await tile('Live grants').innerText(), /^2\b/);
    const day = new Date().toISOString().slice(0, 10);
    const row = page
      .getByRole('region', { name: 'Revenue a day, less commission, as a table' })
      .getByRole('row', { name: day });
    assert.match(await row.innerText(), new RegExp(`${Number(account.balanceMsat) / 1000}`));
    const days = await page.locator('figure').first().locator('tbody time').allInnerTexts();
    assert.deepEqual(days, days.toSorted().reverse(), 'the newest day comes first');
    await page.locator('.uplot').first().waitFor();

    const newest = page.locator('#newest tbody tr');
    assert.equal(await newest.count(), 2);
    const order = await placeOrder(market, listing.slug, { plan: HOUR.name });
    await pay(connect(market.sandbox.nodes.buyer), order);
    await newest.nth(2).waitFor();
    await page
      .getByText(sats((PRICE_MSAT * 3n * 95n) / 100n))
      .first()
      .waitFor();

    await page.getByRole('link', { name: '7 days' }).click();
    await page.getByRole('heading', { name: 'The last 7 days' }).waitFor();
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
  });

  it('says what is wrong, in the dark and on a small screen too', async () => {
    const { id } = await market.db.prisma.webhookEndpoint.create({
      data: {
        sellerId: market.sellerId,
        url: 'https://hooks.example/"><script>alert(1)</script>',
        secret: Buffer.alloc(1),
        disabledAt: new Date(),
        disabledReason: 'The endpoint answered 410 Gone.',
      },
    });
    await using seller = await atDesk(market, { theme: 'dark', width: 320 });
    const { page, complaints } = seller;
    await assertAccessible(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    const attention = page.getByRole('region', { name: 'Needs your attention' });
    await attention.getByRole('link', { name: 'hooks.example' }).click();
    await page.getByText('The endpoint answered 410 Gone.').waitFor();
    assert.ok(page.url().endsWith(id));
    assert.deepEqual(complaints, []);
  });

  it('shows nothing of another seller', async () => {
    await using other = await atDesk(market, { javaScript: false }, await openOther(market));
    assert.equal(await other.page.locator('#newest').count(), 0);
    await other.page.getByRole('region', { name: 'Sell your first data' }).waitFor();
  });
});

const DRAFT = {
  title: 'Tides <of> the North Sea',
  description: '',
  licence: 'CC0-1.0',
  blockSchema: {},
  plans: [HOUR],
};
