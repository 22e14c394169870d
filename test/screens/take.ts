// npm run screens: takes a picture of every page of the website into docs/screens.
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { closeBrowser, visitor } from '../support/browser.ts';
import { globalSetup, globalTeardown } from '../support/cluster.ts';
import type { TestMarket } from '../support/market.ts';
import { call } from '../support/shop.ts';
import { Camera, type Look } from './camera.ts';
import { BY_KEY, FILES } from './other-kinds.ts';
import { openStockedMarket, SELLER } from './stocked-market.ts';

const DIR = fileURLToPath(new URL('../../docs/screens', import.meta.url));
const ALL: Look[] = ['light', 'dark', 'phone'];
const SLUG = 'seattle-weather';

const camera = new Camera(DIR);
const faults: string[] = [];

await globalSetup();
const market = await openStockedMarket();
try {
  await camera.open();
  await buyer(market);
  await seller(market);
  await unavailable(market);
  await camera.close();
} finally {
  await closeBrowser();
  // Its database is gone, and cannot be dropped.
  await market[Symbol.asyncDispose]().catch(() => {});
  await globalTeardown();
}
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

async function buyer(market: TestMarket): Promise<void> {
  await using ada = await visitor({ origin: market.server.url });
  const { page } = ada;
  await shoot(page, '/', 'catalogue', 'Catalogue', [...ALL, 'phone-dark']);
  await shoot(page, '/?q=weather&sort=price', 'catalogue-search', 'Catalogue, searched');
  await shoot(page, '/?q=no-such-thing', 'catalogue-nothing-found', 'Catalogue, nothing found');
  await shoot(page, `/listings/${SLUG}`, 'listing', 'Feed', ALL);
  await shoot(page, '/listings/live-demo-sensor', 'listing-live', 'Feed that grows');
  await shoot(page, `/listings/${BY_KEY}`, 'listing-by-key', 'Feed of records by key (Hyperbee)');
  await shoot(page, `/listings/${FILES}`, 'listing-files', 'Feed of files (Hyperdrive)');
  await shoot(page, '/help', 'help', 'How it works');
  await shoot(page, `/listings/${SLUG}/buy?plan=hour`, 'order-form', 'Order', ALL);
  await placeOrder(page);
  await camera.take(page, 'checkout', 'Checkout', ALL);
  await page.getByRole('button', { name: 'Pay with the play wallet' }).click();
  await page.locator('[data-face=paid]').waitFor();
  await camera.take(page, 'checkout-paid', 'Checkout, paid', ALL);
  await shoot(page, `${new URL(page.url()).pathname}/receipt`, 'receipt', 'Receipt');
  await expire(market, page);
  const ofItem = 'main a[href^="/shelf/"]:not([href="/shelf/open"])';
  await shoot(page, '/shelf', 'shelf', 'Shelf', ALL);
  await follow(page, ofItem, 'shelf-item', 'Shelf, the data', ALL);
  await shoot(page, '/shelf/open', 'shelf-open', 'Shelf, finding a purchase');
  await playWallet(page);
  await shoot(page, '/login', 'login', 'Log in');
  await shoot(page, '/login/wallet', 'login-wallet', 'Log in with a wallet');
  await page.getByRole('button', { name: 'Show me a code' }).click();
  await page.getByText('Good for another').waitFor();
  await camera.take(page, 'login-wallet-code', 'Log in with a wallet, the code', [
    'light',
    'phone',
  ]);
  await shoot(page, '/register', 'register', 'Open an account');
  await shoot(page, '/no-such-page', 'not-found', 'Nothing there (404)', ['light'], 404);
  faults.push(...ada.complaints);
}

async function placeOrder(page: Page): Promise<void> {
  await page.goto(`/listings/${SLUG}/buy?plan=hour`);
  await page.locator('#order-form').getByRole('button').last().click();
  await page.waitForURL('**/orders/*');
}

/** An order that nobody pays in time. */
async function expire(market: TestMarket, page: Page): Promise<void> {
  await placeOrder(page);
  const id = new URL(page.url()).pathname.split('/').at(-1)!;
  const expiresAt = new Date();
  await market.db.prisma.order.update({ where: { id }, data: { expiresAt } });
  await page.reload();
  await page.locator('[data-face=expired]').waitFor();
  await camera.take(page, 'checkout-expired', 'Checkout, expired', ['light', 'phone']);
}

async function playWallet(page: Page): Promise<void> {
  await shoot(page, '/wallet', 'wallet', 'Play wallet', ['light', 'phone']);
  await page.getByLabel('Amount in sat').fill('1200');
  await page.getByLabel('What for').fill('A payout');
  await page.getByRole('button', { name: 'Make an invoice' }).click();
  await page.waitForURL('**/wallet?invoice=*');
  await camera.take(page, 'wallet-receive', 'Play wallet, receiving');
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
  const own = `/desk/listings/${SLUG}`;
  await shoot(page, '/desk', 'desk', 'Desk', ALL);
  await shoot(page, '/desk/listings', 'desk-listings', 'Desk, listings', ['light', 'phone']);
  await shoot(page, '/desk/listings/new', 'desk-listing-new', 'Desk, a new listing');
  await shoot(page, own, 'desk-listing', 'Desk, a listing');
  await shoot(page, `${own}/edit`, 'desk-listing-edit', 'Desk, changing a listing');
  await shoot(page, '/desk/sales', 'desk-sales', 'Desk, sales', ['light', 'phone']);
  await follow(page, 'main a[href^="/desk/sales/"]', 'desk-sale', 'Desk, a sale');
  await shoot(page, '/desk/buyers', 'desk-buyers', 'Desk, buyers');
  await follow(page, 'main a[href^="/desk/buyers/"]', 'desk-buyer', 'Desk, a buyer’s access');
  await shoot(page, '/desk/messages', 'desk-messages', 'Desk, messages', ['light', 'phone']);
  const thread = 'main a[href^="/desk/messages/seattle-weather/"]';
  await follow(page, thread, 'desk-thread', 'Desk, a buyer’s messages', ALL);
  await broadcast(page);
  await shoot(page, '/desk/money', 'desk-money', 'Desk, money', ['light', 'dark']);
  await shoot(page, '/desk/money/movements', 'desk-movements', 'Desk, movements of money');
  await shoot(page, '/desk/keys', 'desk-keys', 'Desk, API keys');
  await shoot(page, '/desk/webhooks', 'desk-webhooks', 'Desk, webhooks');
  await follow(page, 'main a[href^="/desk/webhooks/"]', 'desk-webhook', 'Desk, a webhook');
  await shoot(page, '/desk/settings', 'desk-settings', 'Desk, settings');
  faults.push(...bob.complaints);
}

/** Up to the question whether it is to go out. */
async function broadcast(page: Page): Promise<void> {
  await page.goto(`/desk/messages/new?listing=${SLUG}`);
  await page
    .getByLabel('Message')
    .fill('From December on there is snow too: in a field of its own.');
  await camera.take(page, 'desk-message-new', 'Desk, writing to all buyers');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.waitForURL('**/review');
  await camera.take(page, 'desk-message-review', 'Desk, writing to all buyers: how many');
}

/** While its database is away. */
async function unavailable(market: TestMarket): Promise<void> {
  await using ada = await visitor({ origin: market.server.url });
  await globalTeardown();
  await shoot(ada.page, '/', 'unavailable', 'Away for maintenance (503)', ['light'], 503);
  faults.push(...ada.complaints);
}

async function shoot(
  page: Page,
  path: string,
  name: string,
  title: string,
  looks: readonly Look[] = ['light'],
  status = 200,
): Promise<void> {
  const answer = await page.goto(path);
  if (answer?.status() !== status) faults.push(`${path} answers ${answer?.status()}`);
  await camera.take(page, name, title, looks);
}

/** The page behind the first of such links. */
async function follow(
  page: Page,
  link: string,
  name: string,
  title: string,
  looks?: Look[],
): Promise<void> {
  const href = await page
    .locator(link)
    .evaluateAll((links) =>
      links.map((each) => each.getAttribute('href')).find((one) => !/\.csv|new$/.test(one ?? '')),
    );
  if (href) await shoot(page, href, name, title, looks);
  else faults.push(`${page.url()} has no ${link}`);
}
