import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sats } from '../../web/parts/money.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { invoiceOf, openPayee, strangersInvoice } from '../support/payee.ts';
import { call, until } from '../support/shop.ts';
import { atDesk, openOther, PRICE_MSAT, sell, startShop } from './desk-shop.ts';

const skip = await browserMissing();
const NET_MSAT = (PRICE_MSAT * 95n) / 100n;

describe('money at the desk', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startShop();
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });
  const invoice = (msat: bigint) => invoiceOf(openPayee(market.sandbox.nodes.buyer), msat);
  const balance = async () => {
    const where = { kind_owner: { kind: 'seller' as const, owner: market.sellerId } };
    const account = await market.db.prisma.ledgerAccount.findUnique({ where });
    return account?.balanceMsat ?? 0n;
  };

  it('is none before the first sale', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    await seller.page.goto('/desk/money');
    await seller.page.getByText('too little to pay out yet').waitFor();
    await seller.page.getByText('Your balance has not moved yet').waitFor();
  });

  it('is paid out to a wallet: said back first, then followed until it has arrived', async () => {
    await sell(market);
    await using seller = await atDesk(market);
    const { page, complaints } = seller;
    await page.goto('/desk/money');
    await page.getByText('of up to').getByText(sats(940_000n), { exact: true }).waitFor();
    await assertAccessible(page);
    await page.getByLabel('Lightning invoice').fill(`lightning:${await invoice(500_000n)}`);
    await page.getByRole('button', { name: 'Review the payout' }).click();
    await page.getByRole('heading', { name: 'Pay out 500 sat?' }).waitFor();
    assert.equal(await balance(), NET_MSAT, 'looking locks nothing');
    const { publicKey } = await nodeOf(market);
    assert.equal(await page.getByText(publicKey, { exact: true }).count(), 1);
    await page.getByText(`up to ${sats(10_000n)}`).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Pay out 500 sat' }).press('Enter');
    await page.waitForURL('**/desk/money/payouts/*-*');
    await page.getByText('It has arrived.').waitFor();
    await assertAccessible(page);
    const [payout] = await market.db.prisma.payout.findMany({});
    assert.equal(payout?.state, 'paid');
    assert.equal(await balance(), NET_MSAT - 500_000n - payout.feeMsat!);

    await page.goto('/desk/money/movements');
    const amounts = await page.locator('tbody td.number').allInnerTexts();
    assert.equal(amounts.length, 3);
    assert.deepEqual(amounts.slice(1), ['−510 sat', `+${sats(NET_MSAT)}`]);
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
  });

  it('stays when the invoice is none, too large or known, and says why', async () => {
    await using seller = await atDesk(market, { javaScript: false, theme: 'dark', width: 320 });
    const { page } = seller;
    const before = await balance();
    const review = async (text: string) => {
      await page.goto('/desk/money');
      await page.getByLabel('Lightning invoice').fill(text);
      await page.getByRole('button', { name: 'Review the payout' }).click();
    };
    const refusedFor = async (reason: string) => {
      assert.match(await page.getByRole('alert').innerText(), new RegExp(reason));
    };
    await review('lnbc-not-an-invoice');
    await refusedFor('BOLT11');
    assert.equal(await page.getByLabel('Lightning invoice').inputValue(), 'lnbc-not-an-invoice');
    await review(await invoice(0n));
    await refusedFor('leaves the amount open');
    const expiresAtMs = Date.now() + 3_600_000;
    await review(strangersInvoice(100_000n, { network: 'bitcoin', expiresAtMs }));
    await refusedFor('another network');
    await review(await invoice(900_000n));
    await refusedFor('more than your balance');
    assert.equal(await page.getByRole('button', { name: /^Pay out/ }).count(), 0);
    assert.equal(await balance(), before);
  });

  it('comes back when a payout fails, which says why', async () => {
    await using seller = await atDesk(market, { theme: 'dark' });
    const { page, complaints } = seller;
    const before = await balance();
    await page.goto('/desk/money');
    const expiresAtMs = Date.now() + 3_600_000;
    await page.getByLabel('Lightning invoice').fill(strangersInvoice(100_000n, { expiresAtMs }));
    await page.getByText('What a payout costs').click();
    await page.getByLabel('At most for routing').fill('3');
    await page.getByRole('button', { name: 'Review the payout' }).click();
    await page.getByText('up to 3 sat').waitFor();
    const fields = await page.evaluate("[...new FormData(document.querySelector('main form'))]");
    await page.getByRole('button', { name: 'Pay out 100 sat' }).click();
    await page.getByText('The money is back in your balance.').waitFor();
    assert.match(await page.locator('#payout').innerText(), /no route|No route|could not/);
    await assertAccessible(page);
    assert.equal(await balance(), before);

    // The same form again is the same payout.
    const body = new URLSearchParams(fields as [string, string][]).toString();
    const again = await page.request.post('/desk/money/payouts', {
      data: body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: market.server.url },
      maxRedirects: 0,
    });
    assert.equal(again.status(), 303);
    assert.ok(page.url().startsWith(`${market.server.url}${again.headers().location!}`));
    assert.equal(await market.db.prisma.payout.count(), 2);
    await page.goto('/desk');
    await page.getByRole('link', { name: 'Your last payout' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('moves as the API says, page by page, and sums to the balance', async () => {
    type Page = { movements: { amountMsat: string }[]; nextCursor: string | null };
    const read = (cursor: string | null) => {
      const query = cursor === null ? '' : `&cursor=${cursor}`;
      return call(market, 'GET', `/v1/seller/movements?limit=2${query}`, undefined, 200);
    };
    const amounts: bigint[] = [];
    let cursor: string | null = null;
    do {
      const page = (await read(cursor)) as Page;
      amounts.push(...page.movements.map(({ amountMsat }) => BigInt(amountMsat)));
      cursor = page.nextCursor;
    } while (cursor !== null);
    assert.equal(amounts.length, 5, 'a sale, a payout with its rest, and one that failed');
    assert.equal(
      amounts.reduce((sum, amount) => sum + amount),
      await balance(),
    );
    await call(market, 'GET', '/v1/seller/movements?cursor=nonsense', undefined, 400);
  });

  it('A35 is nobody else’s', async () => {
    const [payout] = await market.db.prisma.payout.findMany({ take: 1 });
    await using other = await atDesk(market, {}, await openOther(market));
    const { page } = other;
    const answer = await page.goto(`/desk/money/payouts/${payout!.id}`);
    assert.equal(answer?.status(), 404);
    await page.goto('/desk/money');
    await page.getByText('Your balance has not moved yet').waitFor();
    const form = { bolt11: await invoice(100_000n) };
    const headers = { origin: market.server.url };
    const sent = await page.request.post('/desk/money/payouts', { form, headers });
    assert.equal(sent.status(), 403);
    await until(async () => (await market.db.prisma.payout.count()) === 2);
  });
});

async function nodeOf(market: TestMarket) {
  const { getWalletInfo } = await import('ln-service');
  const info = await getWalletInfo({ lnd: openPayee(market.sandbox.nodes.buyer) });
  return { publicKey: info.public_key };
}
