import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { connectSandbox } from '../../sandbox/client.ts';
import { sats } from '../../web/parts/money.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { answered, send } from '../support/request.ts';
import { call, placeOrder, readOrder, until } from '../support/shop.ts';
import { atDesk, HOUR, openOther, PRICE_MSAT, sell, startShop } from './desk-shop.ts';

const skip = await browserMissing();

describe('sales and buyers at the desk', { skip }, () => {
  let market: TestMarket;
  let shop: Awaited<ReturnType<typeof sell>>;
  let grantId: string;
  before(async () => {
    market = await startShop();
    shop = await sell(market, 2);
    const buyerKey = Uint8Array.from(Buffer.from(shop.sales[0]!.key.hex, 'hex'));
    const grant = await market.db.prisma.grant.findFirstOrThrow({ where: { buyerKey } });
    grantId = grant.id;
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  it('are found by their state, and taken home as a table', async () => {
    const unpaid = await placeOrder(market, shop.listing.slug, { plan: HOUR.name });
    await using seller = await atDesk(market);
    const { page, complaints } = seller;
    await page.goto('/desk/sales');
    const rows = page.getByRole('region', { name: 'Orders' }).locator('tbody tr');
    assert.equal(await rows.count(), 3);
    await assertAccessible(page);
    await page.getByLabel('State').selectOption('Unpaid');
    await page.getByLabel('Listing').selectOption(shop.listing.slug);
    await page.getByRole('button', { name: 'Show' }).press('Enter');
    await page.waitForURL('**/desk/sales?**state=open**');
    assert.equal(await rows.count(), 1);
    assert.equal(await rows.locator(`[data-copy="${unpaid.buyerKey}"]`).count(), 1);

    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download these orders as CSV' }).click();
    const lines = parse(await readFile(await (await coming).path(), 'utf8'), { columns: true });
    assert.deepEqual(
      (lines as { id: string; state: string }[]).map(({ id, state }) => [id, state]),
      [[unpaid.id, 'open']],
    );
    await page.getByLabel('To day (UTC)').fill('2020-01-01');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('No order is like that.').waitFor();
    await page.goto('/desk/sales?from=yesterday');
    await page.getByRole('alert').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('are walked through page by page', async () => {
    const { prisma } = market.db;
    const [order] = await prisma.order.findMany({ take: 1 });
    const { id: _, createdAt: __, ...data } = order!;
    const copies = Array.from({ length: 30 }, () => ({
      ...data,
      state: 'lapsed' as const,
      paidAt: null,
    }));
    await prisma.order.createMany({ data: copies });
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto('/desk/sales?state=lapsed');
    const rows = page.locator('tbody tr');
    assert.equal(await rows.count(), 25);
    await page.getByRole('link', { name: 'Older →' }).click();
    assert.equal(await rows.count(), 5);
    await page.getByRole('link', { name: '← Newest' }).click();
    assert.equal(await rows.count(), 25);
    await prisma.order.deleteMany({ where: { state: 'lapsed' } });
  });

  it('show how a payment was split, and what is owed back of one that was too much', async () => {
    const order = await placeOrder(market, shop.listing.slug, { plan: HOUR.name });
    const wallet = connectSandbox(market.sandbox.nodes.buyer);
    await wallet.payOff(order.invoice!.bolt11, 2n * PRICE_MSAT).finally(() => wallet.close());
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    await using seller = await atDesk(market, { theme: 'dark' });
    const { page, complaints } = seller;
    await page.goto(`/desk/sales/${order.id}`);
    const split = page.locator('.split');
    for (const part of [PRICE_MSAT, PRICE_MSAT / 20n, (PRICE_MSAT * 95n) / 100n]) {
      await split.getByText(sats(part), { exact: true }).waitFor();
    }
    await page.getByText('the surplus is owed back').waitFor();
    await page.getByText(`${sats(PRICE_MSAT)} is owed back to the buyer`).waitFor();
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
  });

  it('end the access of a buyer for a reason, and give it back, without scripts', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    const { prisma } = market.db;
    const state = async () =>
      (await prisma.grant.findUniqueOrThrow({ where: { id: grantId } })).state;
    const read = await asBuyer(market, shop);
    await until(async () => (await read()) === 200);
    await page.goto(`/desk/sales/${shop.sales[0]!.orderId}`);
    await page.getByRole('link', { name: 'Revoke access' }).click();
    const form = page.url();
    await page.getByRole('button', { name: 'Revoke access' }).click();
    assert.equal(await state(), 'live', 'a reason is missing');
    await page.getByLabel('Reason').fill('resold <b>it</b>');
    await page.getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').getByText('The access is revoked').waitFor();
    assert.equal(await state(), 'revoked');
    await until(async () => (await read()) === 402);
    await page.getByRole('cell', { name: 'resold <b>it</b>' }).waitFor();

    // The same form again, from another tab, finds the work done.
    await page.goto(form);
    await page.getByLabel('Reason').fill('again');
    await page.getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').waitFor();
    assert.equal(await prisma.grantLog.count({ where: { grantId, change: 'revoked' } }), 1);

    await page.getByRole('link', { name: 'Restore access' }).click();
    await page.getByLabel('Reason').fill('a mistake');
    await page.getByRole('button', { name: 'Restore access' }).click();
    await page.getByRole('status').waitFor();
    assert.equal(await state(), 'live');
    await until(async () => (await read()) === 200);
  });

  it('give a buyer more time, once', async () => {
    await using seller = await atDesk(market, { width: 320 });
    const { page, complaints } = seller;
    const endMs = async () =>
      (
        await market.db.prisma.grant.findUniqueOrThrow({ where: { id: grantId } })
      ).expiresAt!.getTime();
    const before = await endMs();
    await page.goto(`/desk/buyers/${grantId}/extend`);
    await page.getByLabel('How much').fill('2');
    await page.getByLabel('Of what').selectOption('Hours');
    await page.getByLabel('Reason').fill('an outage');
    await assertAccessible(page);
    const body = new URLSearchParams(await fieldsOf(page));
    await page.getByRole('button', { name: 'Give more time' }).click();
    await page.getByRole('status').waitFor();
    assert.equal((await endMs()) - before, 2 * 3_600_000);
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: market.server.url,
    };
    const again = await page.request.post(`/desk/buyers/${grantId}/extend`, {
      data: body.toString(),
      headers,
      maxRedirects: 0,
    });
    assert.equal(again.status(), 303);
    assert.equal((await endMs()) - before, 2 * 3_600_000);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    assert.deepEqual(complaints, []);
  });

  it('show who holds what, and how much of it was read', async () => {
    const { feedId } = shop.listing;
    const buyerKey = Uint8Array.from(Buffer.from(shop.sales[0]!.key.hex, 'hex'));
    const usage = {
      feedId,
      buyerKey,
      hour: new Date('2026-11-22T10:00:00Z'),
      transport: 'swarm' as const,
    };
    await market.db.prisma.usage.create({ data: { ...usage, blocks: 3n, bytes: 1_500_000n } });
    await using seller = await atDesk(market, { theme: 'dark' });
    const { page, complaints } = seller;
    await page.goto('/desk/buyers');
    const row = page.locator('tbody tr', {
      has: page.locator(`[data-copy="${shop.sales[0]!.key.hex}"]`),
    });
    assert.match(await row.innerText(), /1\.5 MB/);
    await assertAccessible(page);
    await page.getByLabel('Access', { exact: true }).selectOption('Revoked');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Nobody is like that.').waitFor();
    const csv = await page.request.get('/desk/buyers.csv');
    assert.match(await csv.text(), new RegExp(shop.sales[1]!.key.hex));
    assert.deepEqual(complaints, []);
  });

  it('A35 are not there for another seller, and take no form of a foreign page', async () => {
    await using other = await atDesk(market, {}, await openOther(market));
    const { page } = other;
    const { orderId } = shop.sales[0]!;
    for (const path of [`sales/${orderId}`, `buyers/${grantId}`, `buyers/${grantId}/revoke`]) {
      assert.equal((await page.goto(`/desk/${path}`))?.status(), 404, path);
    }
    await page.goto('/desk/settings');
    const csrf = await page.locator('input[name=csrf]').first().inputValue();
    const post = (form: Record<string, string>, origin: string) =>
      page.request.post(`/desk/buyers/${grantId}/revoke`, { form, headers: { origin } });
    const own = market.server.url;
    assert.equal((await post({ csrf, reason: 'mine' }, own)).status(), 404);
    assert.equal((await post({ reason: 'mine' }, own)).status(), 403, 'without a token');
    assert.equal((await post({ csrf, reason: 'mine' }, 'https://evil.example')).status(), 403);
    const grant = await market.db.prisma.grant.findUniqueOrThrow({ where: { id: grantId } });
    assert.equal(grant.state, 'live');
  });
});

/** The first buyer at the gateway: the status that reading the feed is answered with. */
async function asBuyer(market: TestMarket, shop: Awaited<ReturnType<typeof sell>>) {
  const { slug, feedId } = shop.listing;
  const about = (await call(market, 'GET', '/v1/market', undefined, 200)) as { gateways: string[] };
  const body = shop.sales[0]!.key.tokenRequest(market, slug);
  const { token } = (await answered(send(market, '/v1/tokens', { body }), 201)) as {
    token: string;
  };
  const headers = { authorization: `Bearer ${token}` };
  return async () =>
    (await fetch(`${about.gateways[0]}/v1/feeds/${feedId}/head`, { headers })).status;
}

/** What the page's form would send. */
async function fieldsOf(page: { evaluate(script: string): Promise<unknown> }) {
  const script = "[...new FormData(document.querySelector('main form'))]";
  return (await page.evaluate(script)) as [string, string][];
}
