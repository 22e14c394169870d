import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { Lightning } from '../../ports/lightning.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, pay, readOrder, until } from '../support/shop.ts';

const skip = await browserMissing();
const SOON_MS = 3_000;
const PLANS = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '5000' }];

describe('an order that nobody pays in time', { skip }, () => {
  let market: TestMarket;
  let buyer: Lightning;
  before(async () => {
    market = await startMarket();
    buyer = connect(market.sandbox.nodes.buyer);
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  const idOf = (page: Page) => page.url().split('/').at(-1)!;
  const heading = (page: Page, name: string | RegExp) =>
    page.getByRole('heading', { name, level: 1 });

  async function order(page: Page, slug: string): Promise<string> {
    await page.goto(`/listings/${slug}/buy`);
    const accept = page.getByLabel('I accept these terms');
    if (await accept.isVisible()) await accept.check();
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.waitForURL('**/orders/*');
    return idOf(page);
  }

  it('expires before the buyer’s eyes, and one press makes a new invoice for the same claim code', async () => {
    const { slug } = await listFeed(market, [{ row: 1 }], PLANS);
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    const first = await order(page, slug);
    await page.locator('#claim summary').click();
    const code = await page.locator('.claim-code code').innerText();
    await hasten(first);
    await page.reload();
    await page.getByText('left to pay').waitFor();
    await heading(page, 'This invoice has expired').waitFor();
    assert.match(await page.title(), /^Expired/);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Get a new invoice' }).click();
    await heading(page, 'Pay 5 sat').waitFor();
    const second = idOf(page);
    assert.notEqual(second, first);
    await pay(buyer, await readOrder(market, second));
    await heading(page, 'Paid: it is yours').waitFor();
    assert.equal(await page.locator('.claim-code code').innerText(), code);
    const toKey = 'ab'.repeat(32);
    const claimed = await fetch(`${market.server.url}/v1/claims`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ claimCode: code, buyerKey: toKey }),
    });
    assert.equal(claimed.status, 200, 'the code is good for what was ordered anew');
    const grant = (await claimed.json()) as { buyerKey: string };
    assert.equal(grant.buyerKey, toKey);
    await page.reload();
    await heading(page, 'This access has ended').waitFor();
    assert.deepEqual(ada.complaints, []);
  });

  it('asks for terms that changed since, and says when there is nothing to buy any more', async () => {
    const { slug } = await listFeed(market, [{ row: 1 }], PLANS, { terms: 'Be kind.' });
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await hasten(await order(page, slug));
    await page.reload();
    await heading(page, 'This invoice has expired').waitFor();
    await change(slug, { terms: 'Be very kind.' });
    await page.reload();
    await page.getByRole('link', { name: 'Read them and order again' }).click();
    await page.getByText('Be very kind.').waitFor();
    assert.equal(await page.getByLabel('I accept these terms').isChecked(), false);
    await page.goBack();
    const plans = [{ name: 'day', kind: 'time', periodMs: 86_400_000, priceMsat: '9000' }];
    await change(slug, { plans });
    await page.reload();
    await page.getByText('is not sold any more').waitFor();
    await call(market, 'POST', `/v1/seller/listings/${slug}/withdraw`, undefined, 200);
    await page.reload();
    await page.getByText('The seller has withdrawn this data').waitFor();
    assert.equal((await page.goto(`/listings/${slug}/buy`))?.status(), 410);
  });

  it('still changes where events do not come through', async () => {
    const { slug } = await listFeed(market, [{ row: 1 }], PLANS);
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await page.route('**/v1/orders/*/events', (route) => route.abort());
    const id = await order(page, slug);
    await pay(buyer, await readOrder(market, id));
    await heading(page, 'Paid: it is yours').waitFor();
  });

  it('A06 and that is paid late is honoured, or owed back and paid to an invoice of the buyer', async () => {
    const { slug } = await listFeed(market, [{ row: 1 }], [{ ...PLANS[0], priceMsat: '100000' }]);
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    const honoured = await lapsedAndPaid(await order(page, slug));
    await page.getByText('came after the order had lapsed').waitFor();
    assert.equal((await readOrder(market, honoured)).payments[0]?.outcome, 'late_honoured');
    const id = await order(page, slug);
    await change(slug, { plans: [{ ...PLANS[0], priceMsat: '200000' }] });
    await lapsedAndPaid(id);
    await page.reload();
    await heading(page, 'Your payment came too late').waitFor();
    await assertAccessible(page);
    await using stranger = await visitor({ origin: market.server.url });
    await stranger.page.goto(`/orders/${id}`);
    assert.equal(
      await stranger.page.locator('#refund').count(),
      0,
      'who did not order gets nothing',
    );

    await page.getByLabel('Lightning invoice of your wallet').fill('lnbc-nonsense');
    await page.getByRole('button', { name: 'Send it to me' }).click();
    assert.match(await page.getByRole('alert').innerText(), /not a Lightning invoice/);
    const { bolt11 } = await buyer.createInvoice({
      preimage: crypto.getRandomValues(new Uint8Array(32)),
      amountMsat: 90_000n,
      description: 'back to me',
      expiresAtMs: Date.now() + 3_600_000,
    });
    await page.getByLabel('Lightning invoice of your wallet').fill(bolt11);
    await page.getByRole('button', { name: 'Send it to me' }).click();
    await page.getByText('90 sat went to your wallet').waitFor();
    const { payouts } = await market.db.prisma.order.findUniqueOrThrow({
      where: { id },
      include: { payouts: true },
    });
    assert.deepEqual(
      payouts.map(({ state, amountMsat }) => [state, amountMsat]),
      [['paid', 90_000n]],
    );
    assert.deepEqual(ada.complaints, []);
  });

  async function hasten(id: string): Promise<void> {
    const expiresAt = new Date(Date.now() + SOON_MS);
    await market.db.prisma.order.update({ where: { id }, data: { expiresAt } });
  }

  // As if the node had not heard of the end of the order.
  async function lapsedAndPaid(id: string): Promise<string> {
    const order = await readOrder(market, id);
    await market.db.prisma.order.update({ where: { id }, data: { state: 'lapsed' } });
    await pay(buyer, order);
    await until(async () => (await readOrder(market, id)).payments.length > 0);
    return id;
  }

  async function change(slug: string, body: object): Promise<void> {
    const url = `${market.server.url}/v1/seller/listings/${slug}`;
    const authorization = `Bearer ${market.apiKey}`;
    const found = await fetch(url, { headers: { authorization } });
    const answer = await fetch(url, {
      method: 'PATCH',
      headers: {
        authorization,
        'content-type': 'application/json',
        'if-match': found.headers.get('etag') ?? '',
      },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  }
});
