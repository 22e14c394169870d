import assert from 'node:assert/strict';
import { isRefusal } from '../../domain/refusal.ts';
import { addLogin } from '../../flow/account-logins.ts';
import { type Visitor, type VisitorOptions, visitor } from '../support/browser.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { connect, type MarketOptions, startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, pay, placeOrder, readOrder, until } from '../support/shop.ts';

export const SELLER = { email: 'seller@weather.example', password: 'a long enough password' };
export const PRICE_MSAT = 1_000_000n;
export const HOUR = { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: `${PRICE_MSAT}` };

/** A market whose seller can log in at the desk. */
export async function startShop(options: MarketOptions = {}): Promise<TestMarket> {
  const market = await startMarket(options);
  const seller = await addLogin(market.deps.prisma, market.sellerId, SELLER);
  assert.ok(!isRefusal(seller));
  return market;
}

/** Somebody at the desk, logged in with a form. */
export async function atDesk(
  market: TestMarket,
  options: Omit<VisitorOptions, 'origin'> = {},
  login = SELLER,
): Promise<Visitor> {
  const seller = await visitor({ origin: market.server.url, ...options });
  await seller.page.goto('/login?next=/desk');
  await seller.page.getByLabel('Email').fill(login.email);
  await seller.page.getByLabel('Password', { exact: true }).fill(login.password);
  await seller.page.getByRole('button', { name: 'Log in' }).click();
  await seller.page.waitForURL('**/desk');
  return seller;
}

/** Another seller of the market, who can log in too. */
export async function openOther(market: TestMarket): Promise<typeof SELLER> {
  const login = { ...SELLER, email: 'other@weather.example' };
  const { id } = await market.db.prisma.seller.create({ data: { name: 'Other seller' } });
  assert.ok(!isRefusal(await addLogin(market.deps.prisma, id, login)));
  return login;
}

/** Lists a feed, and sells an hour of it to so many keys, paid over the sandbox. */
export async function sell(market: TestMarket, buyers = 1) {
  const listing = await listFeed(market, [{ level: 1 }, { level: 2 }], [HOUR]);
  const wallet = connect(market.sandbox.nodes.buyer);
  const sales = [];
  for (let count = 0; count < buyers; count++) {
    const key = new BuyerKey();
    const order = await placeOrder(market, listing.slug, { plan: HOUR.name, buyerKey: key.hex });
    await pay(wallet, order);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    sales.push({ key, orderId: order.id });
  }
  return { listing, sales };
}
