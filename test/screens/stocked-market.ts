import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SCOPES } from '../../contract/operation.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { openAccount } from '../../flow/accounts.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import { seedCatalogue } from '../../prisma/seed/seed.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { pay, placeOrder } from '../support/shop.ts';
import { listOtherKinds } from './other-kinds.ts';

const LIVE_FEED = fileURLToPath(new URL('../../examples/live-feed.ts', import.meta.url));
const SOLD: [slug: string, plan: string, times: number][] = [
  ['seattle-weather', 'hour', 3],
  ['live-demo-sensor', '20s', 4],
  ['mauna-loa-co2', 'hour', 1],
];

export const SELLER = {
  name: 'Weather & Sons',
  email: 'shop@weather.example',
  password: 'a long enough password',
};

/** A market with the sample catalogue, a feed that grows, and some sales of a shop that can be logged into. */
export async function openStockedMarket(): Promise<TestMarket> {
  await using stack = new AsyncDisposableStack();
  const market = stack.use(await startMarket({ name: 'Dazaar Market', orderTtlMs: 900_000 }));
  const { prisma } = market.deps;
  const seller = await openAccount(prisma, SELLER);
  if (isRefusal(seller)) throw new Error(seller.detail);
  const apiKey = await createApiKey(prisma, seller.id, 'the shop', 'sandbox', [...SCOPES]);
  await seedCatalogue({ baseUrl: market.server.url, apiKey, log: console.log });
  const owned = { ...market, apiKey, sellerId: seller.id };
  await listOtherKinds(owned);
  const env = { ...process.env, DAZAAR_API_KEY: apiKey, DAZAAR_URL: market.server.url };
  const liveFeed = fork(LIVE_FEED, [], { env });
  stack.defer(async () => {
    const ended = once(liveFeed, 'exit');
    liveFeed.kill();
    await ended;
  });
  const buyer = connect(market.sandbox.nodes.buyer);
  for (const [slug, plan, times] of SOLD) {
    for (let sale = 0; sale < times; sale++) {
      await pay(buyer, await placeOrder(market, slug, { plan }));
    }
  }
  const all = stack.move();
  return { ...owned, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
