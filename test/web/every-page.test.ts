import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openStockedMarket, SELLER } from '../screens/stocked-market.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, untilInPage, visitor } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import { call } from '../support/shop.ts';
import { pageRoutes, routeOf } from './routes.ts';

const skip = await browserMissing();
after(closeBrowser);

const SLUG = 'seattle-weather';
/** Pages that a link does not lead to: they need a form, or somebody who is not logged in. */
const SENT_ON = ['/desk/money/payouts/review', '/desk/webhooks/:id/secret', '/login', '/register'];

test('every page that a seller who buys comes to is there, accessible in both themes, and fits a small screen', {
  skip,
}, async () => {
  await using market = await openStockedMarket();
  await using ada = await visitor({ origin: market.server.url });
  const { page } = ada;
  const payee = openPayee(market.sandbox.nodes.buyer);

  // What those who are logged in do not see.
  for (const path of ['/login', '/register']) await lookAt(page, path);
  await logIn(page);
  const order = await buy(page);
  await stock(market, payee);

  const routes = (await pageRoutes()).filter((route) => !SENT_ON.includes(route));
  const seen = new Set<string>();
  const queue = [
    ...routes.filter((route) => !route.includes(':') && route !== '/wallet/pay'),
    `/wallet/pay?bolt11=${await invoiceOf(openPayee(market.sandbox.nodes.market), 1_000n)}`,
    order,
    `${order}/receipt`,
  ];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const route = routeOf(path.split('?')[0]!, routes);
    if (!route || seen.has(route)) continue;
    seen.add(route);
    queue.push(...(await lookAt(page, path)));
  }
  assert.deepEqual(
    routes.filter((route) => !seen.has(route)),
    [],
    'pages that no link leads to',
  );
  assert.deepEqual(ada.complaints, []);
});

/** @returns where its links lead to, within the site */
async function lookAt(page: Page, path: string): Promise<string[]> {
  await page.setViewportSize({ width: 1280, height: 800 });
  const answer = await page.goto(path);
  assert.equal(answer?.status(), 200, path);
  await page.emulateMedia({ colorScheme: 'light' });
  await assertAccessible(page);
  assert.equal(await page.locator('h1').count(), 1, path);
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertAccessible(page, ['color-contrast']);
  await page.setViewportSize({ width: 320, height: 800 });
  // A chart takes its new size a moment after the window has.
  const fits = 'document.documentElement.scrollWidth <= 320';
  await untilInPage(page, fits, 5_000);
  const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
  assert.ok(width <= 320, `${path} is ${width} px wide on a screen of 320`);
  const links = await page
    .locator('a[href^="/"]')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')!));
  return links.map((link) => link.split('#')[0]!);
}

async function logIn(page: Page): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Email').fill(SELLER.email);
  await page.getByLabel('Password', { exact: true }).fill(SELLER.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL('**/desk');
}

/** @returns the path of the order */
async function buy(page: Page): Promise<string> {
  await page.goto(`/listings/${SLUG}/buy?plan=hour`);
  await page.locator('#order-form').getByRole('button').last().click();
  await page.waitForURL('**/orders/*');
  await lookAt(page, new URL(page.url()).pathname);
  await page.getByRole('button', { name: 'Pay with the play wallet' }).click();
  await page.locator('[data-face=paid]').waitFor();
  return new URL(page.url()).pathname;
}

/** What a seller has that the stock of a market leaves out: a webhook, and a payout. */
async function stock(market: TestMarket, payee: ReturnType<typeof openPayee>): Promise<void> {
  const webhook = { url: 'https://hooks.weather.example/dazaar', events: ['order.paid'] };
  await call(market, 'POST', '/v1/seller/webhooks', webhook, 201);
  const payout = await fetch(`${market.server.url}/v1/seller/payouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${market.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ bolt11: await invoiceOf(payee, 10_000n) }),
  });
  assert.equal(payout.status, 201, await payout.text());
}
