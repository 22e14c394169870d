import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { Lightning } from '../../ports/lightning.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { startNwcWallet } from '../support/nwc-wallet.ts';
import { startRelay } from '../support/relay.ts';
import { listFeed, readOrder, until } from '../support/shop.ts';

const skip = await browserMissing();
const PRICE_MSAT = 5_000n;

describe('a wallet of the buyer', { skip }, () => {
  let market: TestMarket;
  let slug: string;
  let buyer: Lightning;
  before(async () => {
    market = await startMarket();
    ({ slug } = await listFeed(market, [{ row: 1 }]));
    buyer = connect(market.sandbox.nodes.buyer);
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  async function order(page: Page): Promise<string> {
    await page.goto(`/listings/${slug}/buy?plan=minute`);
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.waitForURL('**/orders/*');
    return page.url().split('/').at(-1)!;
  }

  async function connectWallet(page: Page, connection: string): Promise<void> {
    await page.getByRole('button', { name: 'Nostr Wallet Connect' }).click();
    await page.getByLabel('Connection of your wallet').fill(connection);
    await page.getByRole('button', { name: 'Pay with this wallet' }).click();
  }

  it('over Nostr Wallet Connect pays through its relay, and the market never sees the connection', async () => {
    await using relay = await startRelay();
    using wallet = await startNwcWallet(relay.url, buyer);
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url(), request.postData() ?? ''));
    const id = await order(page);
    assert.equal(
      sent.some((text) => text.includes('nwc-form')),
      false,
      'not loaded unasked',
    );
    await connectWallet(page, wallet.connection);
    await page.getByRole('heading', { name: 'Paid: it is yours' }).waitFor();
    assert.deepEqual(wallet.asked, [(await readOrder(market, id)).invoice?.bolt11]);
    const secret = new URL(wallet.connection).searchParams.get('secret')!;
    assert.equal(
      sent.some((text) => text.includes(secret)),
      false,
    );
    const stored = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }])',
    );
    assert.equal(stored, '[{},{}]');
    assert.deepEqual(ada.complaints, []);
  });

  it('over Nostr Wallet Connect that refuses says why, and another one can pay', async () => {
    await using relay = await startRelay();
    using poor = await startNwcWallet(relay.url, buyer, PRICE_MSAT - 1n);
    using rich = await startNwcWallet(relay.url, buyer);
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    const id = await order(page);
    const said = page.locator('#wallet-said');
    await connectWallet(page, 'not a connection');
    await said.getByText('That is no wallet connection').waitFor();
    await connectWallet(page, poor.connection);
    await said.getByText('The budget of this connection is used up. Nothing was paid.').waitFor();
    await assertAccessible(page);
    assert.equal((await readOrder(market, id)).state, 'open');
    await connectWallet(page, rich.connection);
    await page.getByRole('heading', { name: 'Paid: it is yours' }).waitFor();
  });

  it('over a relay that cannot be reached has paid nothing, and the buyer is told so', async () => {
    const relay = await startRelay();
    using wallet = await startNwcWallet(relay.url, buyer);
    await relay[Symbol.asyncDispose]();
    await using ada = await visitor({ origin: market.server.url });
    await order(ada.page);
    await connectWallet(ada.page, wallet.connection);
    await ada.page.locator('#wallet-said').getByText('Nothing was paid.').waitFor();
    assert.deepEqual(wallet.asked, []);
  });

  it('over a relay that hangs has an unknown end, and must not be asked twice', async () => {
    await using relay = await startRelay();
    using wallet = await startNwcWallet(relay.url, buyer);
    relay.hang();
    await using ada = await visitor({ origin: market.server.url });
    await order(ada.page);
    await connectWallet(ada.page, wallet.connection);
    await ada.page.locator('#wallet-said').getByText('do not pay again').waitFor();
    assert.equal(
      await ada.page.getByRole('button', { name: 'Pay with this wallet' }).isDisabled(),
      true,
    );
    assert.deepEqual(wallet.asked, []);
  });

  it('in the browser (WebLN) is offered only where there is one, and pays', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await order(page);
    assert.equal(await page.getByRole('button', { name: 'browser’s wallet' }).isVisible(), false);
    let isRefused = true;
    await page.exposeFunction('payFromNode', async (bolt11: string) => {
      if (isRefused) throw new Error('User rejected');
      const paid = await buyer.pay({ bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
      assert.equal(paid.state, 'succeeded');
      return { preimage: Buffer.from('preimage' in paid ? paid.preimage : '').toString('hex') };
    });
    await page.addInitScript(
      'window.webln = { enable: async () => {}, sendPayment: (bolt11) => payFromNode(bolt11) };',
    );
    await page.reload();
    const button = page.getByRole('button', { name: 'Pay with the browser’s wallet' });
    await button.click();
    await page.locator('#wallet-said').getByText('You refused it in the wallet.').waitFor();
    isRefused = false;
    await button.click();
    await page.getByRole('heading', { name: 'Paid: it is yours' }).waitFor();
    assert.deepEqual(ada.complaints, []);
  });

  it('in the browser that does not say how it ended must not be asked twice', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await page.addInitScript(
      "window.webln = { enable: async () => {}, sendPayment: async () => { throw new Error('timed out'); } };",
    );
    await order(page);
    const button = page.getByRole('button', { name: 'Pay with the browser’s wallet' });
    await button.click();
    await page.locator('#wallet-said').getByText('do not pay again').waitFor();
    assert.equal(await button.isDisabled(), true);
  });

  it('A13 while the market’s node is away there is an order without an invoice, which gets one later', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await page.goto(`/listings/${slug}/buy?plan=minute`);
    await market.sandbox.kill('SIGKILL');
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.getByRole('heading', { name: 'No invoice yet' }).waitFor();
    await assertAccessible(page);
    const id = page.url().split('/').at(-1)!;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').getByText('Nothing was charged').waitFor();
    await market.sandbox.restart();
    await until(async () => {
      await page.goto(`/orders/${id}`);
      const retry = page.locator('#retry');
      if (await retry.isVisible()) await retry.click();
      return page.locator('.pay-code').isVisible();
    });
    assert.equal(await market.db.prisma.order.count({ where: { id } }), 1);
    assert.equal((await readOrder(market, id)).invoice?.state, 'open');
  });
});
