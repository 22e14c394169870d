import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import { answered, send } from '../support/request.ts';
import { until } from '../support/shop.ts';
import { atDesk, sell, startShop } from './desk-shop.ts';

const skip = await browserMissing();

describe('every page of the desk', { skip }, () => {
  let market: TestMarket;
  let paths: string[];
  before(async () => {
    market = await startShop();
    paths = await fill(market);
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  it('asks whoever is not logged in to log in, and brings him back', async () => {
    await using stranger = await visitor({ origin: market.server.url, javaScript: false });
    for (const path of paths) {
      const answer = await stranger.page.request.get(path, { maxRedirects: 0 });
      assert.equal(answer.status(), 303, path);
      assert.equal(answer.headers().location, `/login?next=${encodeURIComponent(path)}`);
    }
  });

  it('is kept by no cache that others share', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    for (const path of paths) {
      const answer = await seller.page.request.get(path);
      assert.match(answer.headers()['cache-control'] ?? '', /^(private, no-cache|no-store)$/, path);
    }
  });
});

/** Does business, so that each page has something to show; the addresses of the pages. */
async function fill(market: TestMarket): Promise<string[]> {
  const { sales } = await sell(market);
  const headers = { authorization: `Bearer ${market.apiKey}` };
  const post = (path: string, body: object) =>
    answered(send(market, path, { method: 'POST', headers, body }), 201);
  const webhook = await post('/v1/seller/webhooks', { url: 'http://127.0.0.1:9/hook' });
  const bolt11 = await invoiceOf(openPayee(market.sandbox.nodes.buyer), 100_000n);
  const payout = await post('/v1/seller/payouts', { bolt11 });
  const { prisma } = market.db;
  await until(async () => (await prisma.payout.count({ where: { state: 'paid' } })) === 1);
  const grant = await prisma.grant.findFirstOrThrow({});
  const key = await prisma.apiKey.findFirstOrThrow({});
  return [
    '/desk',
    '/desk/sales',
    `/desk/sales/${sales[0]!.orderId}`,
    '/desk/buyers',
    `/desk/buyers/${grant.id}`,
    `/desk/buyers/${grant.id}/revoke`,
    `/desk/buyers/${grant.id}/extend`,
    '/desk/money',
    '/desk/money/movements',
    '/desk/money/payouts',
    `/desk/money/payouts/${payout.id}`,
    '/desk/keys',
    `/desk/keys/${key.id}/rotate`,
    `/desk/keys/${key.id}/revoke`,
    '/desk/webhooks',
    `/desk/webhooks/${webhook.id}`,
    `/desk/webhooks/${webhook.id}/edit`,
    `/desk/webhooks/${webhook.id}/rotate`,
    `/desk/webhooks/${webhook.id}/delete`,
    '/desk/settings',
    '/desk/settings/email',
    '/desk/settings/password',
    '/desk/settings/login',
    '/desk/settings/wallet',
  ];
}
