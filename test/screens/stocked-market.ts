import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SCOPES } from '../../contract/operation.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { openAccount } from '../../flow/accounts.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import { sendToSeller } from '../../flow/send-message.ts';
import { seedCatalogue } from '../../prisma/seed/seed.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { call, pay, placeOrder, until } from '../support/shop.ts';
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
  await converse(owned);
  const all = stack.move();
  return { ...owned, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A buyer asks, is answered, and asks again; all are told something. */
async function converse(market: TestMarket): Promise<void> {
  const { prisma } = market.deps;
  const slug = 'seattle-weather';
  const where = { feed: { listing: { slug } } };
  await until(async () => (await prisma.grant.count({ where })) > 0);
  const { feedId, buyerKey } = await prisma.grant.findFirstOrThrow({ where });
  const ask = (body: string) =>
    sendToSeller(prisma, { id: randomUUID(), feedId, buyerKey, name: 'question', body });
  const path = `/v1/seller/listings/${slug}/messages`;
  const to = Buffer.from(buyerKey).toString('hex');
  await ask('Is the rain of March 2014 complete?\nI find 27 days of it.');
  const answer = 'It is: four days were dry.';
  await call(market, 'POST', path, { to, name: 'question', body: answer }, 201);
  const added = { added: ['snow'], from: '2026-12-01', nothingElseChanges: true };
  await call(market, 'POST', path, { name: 'schema-change', body: added }, 201);
  await ask('Thank you! Will there be wind by the hour too?');
}
