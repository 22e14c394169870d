import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { cancelHodlInvoice, settleHodlInvoice } from 'ln-service';
import { ConfigError, readConfig } from '../../boot/config.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { heldInvoiceOf, invoiceOf, openPayee, strangersInvoice } from '../support/payee.ts';
import { listFeed, placeOrder, readOrder, until } from '../support/shop.ts';

const skip = await browserMissing();
after(closeBrowser);

describe('the play wallet', { skip }, () => {
  let market: TestMarket;
  let payee: ReturnType<typeof openPayee>;
  let slug: string;
  before(async () => {
    market = await startMarket();
    payee = openPayee(market.sandbox.nodes.market);
    ({ slug } = await listFeed(market, [{ value: 1 }]));
  });
  after(() => market[Symbol.asyncDispose]());

  const visit = (options = {}) => visitor({ origin: market.server.url, ...options });

  it('shows what an invoice is for before it pays it, and by keyboard alone', async () => {
    await using ada = await visit();
    const { page } = ada;
    const order = await placeOrder(market, slug);
    await page.goto('/wallet');
    await assertAccessible(page);
    const before = await balanceOf(ada);
    await page.getByLabel('Invoice').focus();
    await page.keyboard.insertText(`lightning:${order.invoice!.bolt11.toUpperCase()}`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/wallet/pay?*');
    await assertAccessible(page);
    assert.match(await page.locator('dl').innerText(), /5 sat/);
    assert.equal((await readOrder(market, order.id)).state, 'open', 'looking pays nothing');
    await page.getByRole('button', { name: 'Pay 5 sat' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/wallet?payment=*');
    assert.match(await page.getByRole('status').innerText(), /Paid/);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    assert.ok((await balanceOf(ada)) < before);
    assert.match(await firstRow(ada), /−5 sat.*paid/s);
    assert.deepEqual(ada.complaints, []);
  });

  it('pays with one click and goes back to where the visitor was, without scripts too', async () => {
    await using ada = await visit({ javaScript: false });
    const { page } = ada;
    const order = await placeOrder(market, slug);
    const next = `/listings/${slug}?from=wallet`;
    await page.goto(`/wallet/pay?${new URLSearchParams({ bolt11: order.invoice!.bolt11, next })}`);
    await page.getByRole('button', { name: 'Pay 5 sat' }).click();
    await page.waitForURL(`**${next}`);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
  });

  it('goes on to no other site', async () => {
    await using ada = await visit({ javaScript: false });
    const bolt11 = await invoiceOf(payee, 1_000n);
    const next = 'https://evil.example/';
    await ada.page.goto(`/wallet/pay?${new URLSearchParams({ bolt11, next })}`);
    await ada.page.getByRole('button', { name: 'Pay' }).click();
    await ada.page.waitForURL('**/wallet?payment=*');
    assert.equal(new URL(ada.page.url()).origin, market.server.url);
  });

  it('pays an invoice once, however often it is asked', async () => {
    await using ada = await visit({ javaScript: false });
    const { page } = ada;
    const bolt11 = await invoiceOf(payee, 7_000n);
    await page.goto('/wallet');
    const before = await balanceOf(ada);
    const form = await formOf(ada, { bolt11 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(market, form)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [303, 303, 303, 303],
    );
    assert.equal((await send(market, form)).status, 303);
    await page.goto(answers[0]!.headers.get('location')!);
    assert.match(await page.getByRole('status').innerText(), /Paid/);
    const cost = before - (await balanceOf(ada));
    assert.ok(cost >= 7 && cost < 14, `it cost ${cost} sat`);
  });

  it('says of a payment that is held that it may still arrive, and when it has', async () => {
    await using ada = await visit();
    const { page } = ada;
    const { bolt11, secret } = await heldInvoiceOf(payee, 3_000n);
    await page.goto(`/wallet/pay?bolt11=${bolt11}`);
    await page.getByRole('button', { name: 'Pay 3 sat' }).click();
    await page.waitForURL('**/wallet?payment=*');
    assert.match(await page.getByRole('status').innerText(), /may still arrive/);
    assert.match(await firstRow(ada), /on its way/);
    await assertAccessible(page);
    await settleHodlInvoice({ lnd: payee, secret });
    await page.getByRole('status').getByText('Paid.').waitFor();
    assert.match(await firstRow(ada), /−3 sat.*paid/s);
    assert.deepEqual(ada.complaints, []);
  });

  it('says of a payment that was given back that it was not paid', async () => {
    await using ada = await visit({ javaScript: false });
    const { page } = ada;
    const { bolt11, id } = await heldInvoiceOf(payee, 3_000n);
    await cancelHodlInvoice({ lnd: payee, id });
    const next = `/listings/${slug}`;
    await page.goto(`/wallet/pay?${new URLSearchParams({ bolt11, next })}`);
    await page.getByRole('button', { name: 'Pay 3 sat' }).click();
    assert.match(await page.getByRole('alert').innerText(), /did not take it/);
    assert.equal(await page.getByRole('link', { name: 'Back' }).getAttribute('href'), next);
    await page.goto('/wallet');
    assert.match(await firstRow(ada), /−3 sat.*failed/s);
  });

  it('makes an invoice, shows its memo as what it is, and tells when it is paid', async () => {
    await using ada = await visit({ theme: 'dark', width: 320 });
    const { page } = ada;
    const memo = '<img src=x onerror=alert(1)> & \u202Eefas';
    await page.goto('/wallet');
    await page.getByLabel('Amount in sat').fill('0.5');
    await page.getByLabel('What for').fill(memo);
    await page.getByRole('button', { name: 'Make an invoice' }).click();
    assert.match(await page.getByRole('alert').innerText(), /whole number/);
    assert.equal(await page.getByLabel('What for').inputValue(), memo);
    await page.getByLabel('Amount in sat').fill('1200');
    await page.getByRole('button', { name: 'Make an invoice' }).click();
    await page.waitForURL('**/wallet?invoice=*');
    await assertAccessible(page);
    const beyond = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    assert.ok(Number(await page.evaluate(beyond)) <= 0, 'nothing to scroll sideways for');
    const bolt11 = await page.locator('[data-copy]').innerText();
    assert.match(await rowOf(ada, '+1,200 sat'), /waiting/);
    assert.equal(await page.locator('main img').count(), 0);
    assert.ok((await rowOf(ada, '+1,200 sat')).includes('<img src=x onerror=alert(1)>'));
    const request = { bolt11, maxFeeMsat: 20_000n, timeoutMs: 20_000 };
    assert.equal((await market.lightning.pay(request)).state, 'succeeded');
    await page.getByRole('status').getByText('Received').waitFor();
    assert.match(await rowOf(ada, '+1,200 sat'), /received/);
    assert.deepEqual(ada.complaints, []);
  });

  it('says why it does not pay what it cannot', async () => {
    await using ada = await visit({ javaScript: false });
    const { page } = ada;
    const own = await invoiceOf(openPayee(market.sandbox.nodes.buyer), 1_000n);
    const past = Date.now() - 60_000;
    const faults: [string, RegExp][] = [
      ['not an invoice', /not a Lightning invoice/],
      ['', /not a Lightning invoice/],
      [strangersInvoice(1_000n, { network: 'bitcoin', expiresAtMs: past }), /another network/],
      [strangersInvoice(1_000n, { expiresAtMs: past }), /expired/],
      [await invoiceOf(payee, 0n), /does not say an amount/],
      [own, /cannot pay itself/],
    ];
    for (const [bolt11, why] of faults) {
      const answer = await page.goto(`/wallet/pay?${new URLSearchParams({ bolt11 })}`);
      assert.equal(answer?.status(), 422);
      assert.match(await page.getByRole('alert').innerText(), why);
      assert.equal(await page.getByLabel('Invoice').inputValue(), bolt11);
      const posted = await send(market, await formOf(ada, { bolt11 }));
      assert.equal(posted.status, 422);
    }
    const nobody = strangersInvoice(1_000n, { expiresAtMs: Date.now() + 60_000 });
    await page.goto(`/wallet/pay?bolt11=${nobody}`);
    await page.getByRole('button', { name: 'Pay 1 sat' }).click();
    assert.match(await page.getByRole('alert').innerText(), /no way|No way/);
  });

  it('pays for no other site', async () => {
    const bolt11 = await invoiceOf(payee, 1_000n);
    const body = new URLSearchParams({ bolt11 });
    for (const origin of [market.server.url, 'https://evil.example']) {
      const headers = { origin };
      const answer = await fetch(`${market.server.url}/wallet/pay`, {
        method: 'POST',
        body,
        headers,
      });
      assert.equal(answer.status, 403);
    }
    const hash = market.lightning.readInvoice(bolt11)!.paymentHash;
    assert.equal((await market.lightning.lookUpInvoice(hash))?.state, 'open');
  });

  it('shows a payment that nobody made as such', async () => {
    await using ada = await visit({ javaScript: false });
    await ada.page.goto(`/wallet?payment=${randomBytes(32).toString('hex')}`);
    assert.match(await ada.page.getByRole('status').innerText(), /no such payment/);
    await ada.page.goto('/wallet?payment=nonsense&invoice=nonsense');
    assert.equal(await ada.page.getByRole('status').innerText(), '');
  });
});

it('is there in the sandbox only', () => {
  const wallet = {
    SANDBOX_WALLET_SOCKET: '127.0.0.1:1',
    SANDBOX_WALLET_CERT: 'cert',
    SANDBOX_WALLET_MACAROON: 'macaroon',
  };
  const env = { DATABASE_URL: 'postgres://127.0.0.1/x' };
  for (const LIGHTNING_NETWORK of ['regtest', 'signet', 'testnet', 'mainnet']) {
    assert.throws(() => readConfig({ ...env, ...wallet, LIGHTNING_NETWORK }), ConfigError);
    assert.equal(readConfig({ ...env, LIGHTNING_NETWORK }).playWallet, undefined);
  }
  const sandbox = { ...env, LIGHTNING_NETWORK: 'sandbox' };
  assert.equal(readConfig({ ...sandbox, ...wallet }).playWallet?.socket, '127.0.0.1:1');
  assert.throws(() => readConfig({ ...sandbox, ...wallet, SANDBOX_WALLET_CERT: '' }), ConfigError);
});

async function balanceOf({ page }: Visitor): Promise<number> {
  const text = await page.locator('.wallet-balance strong').innerText();
  return Number(text.replace(/[^\d.]/g, ''));
}

function firstRow({ page }: Visitor): Promise<string> {
  return page.locator('.wallet-history tbody tr').first().innerText();
}

/** Invoices are dated to the second: what was paid within it may stand above. */
function rowOf({ page }: Visitor, amount: string): Promise<string> {
  return page.locator('.wallet-history tbody tr', { hasText: amount }).innerText();
}

/** What the browser would send, with its token. */
async function formOf({ page, context }: Visitor, fields: Record<string, string>) {
  const csrf = await page.locator('input[name=csrf]').first().inputValue();
  const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`);
  return { body: new URLSearchParams({ ...fields, csrf }), cookie: cookies.join('; ') };
}

function send(market: TestMarket, { body, cookie }: { body: URLSearchParams; cookie: string }) {
  const headers = { origin: market.server.url, cookie };
  const url = `${market.server.url}/wallet/pay`;
  return fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
}
