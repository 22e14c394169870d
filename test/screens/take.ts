// npm run screens: takes a picture of every page of the website into docs/screens.
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { closeBrowser, visitor } from '../support/browser.ts';
import { globalSetup, globalTeardown } from '../support/cluster.ts';
import type { TestMarket } from '../support/market.ts';
import { call } from '../support/shop.ts';
import { Camera, type Look } from './camera.ts';
import { openStockedMarket, SELLER } from './stocked-market.ts';

const DIR = fileURLToPath(new URL('../../docs/screens', import.meta.url));
const ALL: Look[] = ['light', 'dark', 'phone'];
const SLUG = 'seattle-weather';

const camera = new Camera(DIR);
const faults: string[] = [];

await globalSetup();
try {
  await using market = await openStockedMarket();
  await camera.open();
  await buyer(market);
  await seller(market);
  await camera.close();
} finally {
  await closeBrowser();
  await globalTeardown();
}
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

async function buyer(market: TestMarket): Promise<void> {
  await using ada = await visitor({ origin: market.server.url });
  const { page } = ada;
  await shoot(page, '/', 'catalogue', [...ALL, 'phone-dark']);
  await shoot(page, '/?q=weather&sort=price', 'catalogue-search');
  await shoot(page, '/?q=nothing-of-the-kind', 'catalogue-nothing-found');
  await shoot(page, `/listings/${SLUG}`, 'listing', ALL);
  await shoot(page, '/listings/live-demo-sensor', 'listing-live');
  await shoot(page, '/help', 'help');
  await shoot(page, `/listings/${SLUG}/buy?plan=hour`, 'order-form', ['light', 'phone']);
  await page.locator('#order-form').getByRole('button').last().click();
  await page.waitForURL('**/orders/*');
  await camera.take(page, 'checkout', ALL);
  await page.getByRole('button', { name: 'Pay with the play wallet' }).click();
  await page.locator('[data-face=paid]').waitFor();
  await camera.take(page, 'checkout-paid', ALL);
  await shoot(page, `${new URL(page.url()).pathname}/receipt`, 'receipt');
  await shoot(page, '/shelf', 'shelf', ALL);
  await follow(page, 'main a[href^="/shelf/"]:not([href="/shelf/open"])', 'shelf-item', ALL);
  await shoot(page, '/shelf/open', 'shelf-open');
  await shoot(page, '/wallet', 'wallet', ['light', 'phone']);
  await page.getByLabel('Amount in sat').fill('1200');
  await page.getByLabel('What for').fill('A payout');
  await page.getByRole('button', { name: 'Make an invoice' }).click();
  await page.waitForURL('**/wallet?invoice=*');
  await camera.take(page, 'wallet-receive');
  await shoot(page, '/login', 'login');
  await shoot(page, '/login/wallet', 'login-wallet');
  await shoot(page, '/register', 'register');
  await shoot(page, '/no-such-page', 'problem', ['light'], 404);
  faults.push(...ada.complaints);
}

async function seller(market: TestMarket): Promise<void> {
  await using bob = await visitor({ origin: market.server.url });
  const { page } = bob;
  await page.goto('/login');
  await page.getByLabel('Email').fill(SELLER.email);
  await page.getByLabel('Password', { exact: true }).fill(SELLER.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL('**/desk');
  const webhook = { url: 'https://hooks.weather.example/dazaar', events: ['order.paid'] };
  await call(market, 'POST', '/v1/seller/webhooks', webhook, 201);
  await shoot(page, '/desk', 'desk', ALL);
  await shoot(page, '/desk/listings', 'desk-listings', ['light', 'phone']);
  await shoot(page, '/desk/listings/new', 'desk-listing-new');
  await shoot(page, `/desk/listings/${SLUG}`, 'desk-listing');
  await shoot(page, `/desk/listings/${SLUG}/edit`, 'desk-listing-edit');
  await shoot(page, '/desk/sales', 'desk-sales', ['light', 'phone']);
  await follow(page, 'main a[href^="/desk/sales/"]', 'desk-sale');
  await shoot(page, '/desk/buyers', 'desk-buyers');
  await follow(page, 'main a[href^="/desk/buyers/"]', 'desk-buyer');
  await shoot(page, '/desk/money', 'desk-money', ['light', 'dark']);
  await shoot(page, '/desk/money/movements', 'desk-movements');
  await shoot(page, '/desk/keys', 'desk-keys');
  await shoot(page, '/desk/webhooks', 'desk-webhooks');
  await follow(page, 'main a[href^="/desk/webhooks/"]', 'desk-webhook');
  await shoot(page, '/desk/settings', 'desk-settings');
  faults.push(...bob.complaints);
}

async function shoot(
  page: Page,
  path: string,
  name: string,
  looks: readonly Look[] = ['light'],
  status = 200,
): Promise<void> {
  const answer = await page.goto(path);
  if (answer?.status() !== status) faults.push(`${path} answers ${answer?.status()}`);
  await camera.take(page, name, looks);
}

/** The page behind the first of such links. */
async function follow(page: Page, link: string, name: string, looks?: Look[]): Promise<void> {
  const href = await page
    .locator(link)
    .evaluateAll((links) =>
      links.map((each) => each.getAttribute('href')).find((one) => !/\.csv|new$/.test(one ?? '')),
    );
  if (href) await shoot(page, href, name, looks);
  else faults.push(`${page.url()} has no ${link}`);
}
