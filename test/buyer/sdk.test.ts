import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type BuyerOptions,
  type Card,
  connect,
  createSeedPhrase,
  openBuyer,
  type Payable,
  sandboxWallet,
} from '../../buyer/index.ts';
import { signCard } from '../../protocol/sign-card.ts';
import { until } from '../seeder/loopback.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, listFeed } from '../support/shop.ts';

const ROWS = [{ n: 0 }, { n: 1 }, { n: 2 }];
const PLANS = [
  { name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '5000' },
  { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '20000' },
  { name: 'ever', kind: 'forever', priceMsat: '50000' },
];

let market: TestMarket;
let directory: string;
let homes = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-sdk-'));
  market = await startMarket();
});

after(async () => {
  await market[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const newHome = (): BuyerOptions => ({ home: join(directory, `home-${homes++}`) });
const wallet = () => sandboxWallet(join(market.dir, 'sandbox'));
const rowsOf = (blocks: Buffer[]) => blocks.map((block) => JSON.parse(block.toString()));

async function cardOf(slug: string): Promise<Card> {
  const answer = await fetch(`${market.server.url}/v1/listings/${slug}/card`);
  return (await answer.json()) as Card;
}

async function paymentsFor(feedId: string): Promise<number> {
  const { prisma } = market.db;
  const orders = await prisma.order.findMany({
    where: { listing: { feed: { id: feedId } } },
    select: { id: true },
  });
  return prisma.payment.count({ where: { orderId: { in: orders.map(({ id }) => id) } } });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('with a card alone a buyer asks the price, buys, reads and extends', async () => {
  const { slug, feedId } = await listFeed(market, ROWS, PLANS);
  await using offer = await connect(await cardOf(slug), newHome());
  assert.deepEqual(
    offer.plans.map(({ name, priceMsat }) => [name, priceMsat]),
    [
      ['minute', '5000'],
      ['hour', '20000'],
      ['ever', '50000'],
    ],
  );
  const { priceMsat, durationMs } = await offer.quote('minute', 3);
  assert.deepEqual([priceMsat, durationMs], [15_000n, 180_000]);
  const purchase = await offer.buy('minute', { wallet: await wallet(), quantity: 3 });
  assert.deepEqual(rowsOf(await collect(purchase.blocks())), ROWS);
  assert.deepEqual(rowsOf(await collect(purchase.blocks({ from: 1, to: 2 }))), [{ n: 1 }]);
  assert.ok(purchase.timeLeft > 60_000 && purchase.timeLeft <= 180_000);
  const before = purchase.expiresAt!.getTime();
  await purchase.extend('hour');
  await until(() => purchase.expiresAt!.getTime() === before + 3_600_000, 'an hour more');
  assert.equal(await paymentsFor(feedId), 2);
});

test('new blocks are told as they come, and reading ends with the purchase', async () => {
  const { slug } = await listFeed(market, ROWS, PLANS);
  await using offer = await connect(await cardOf(slug), newHome());
  const purchase = await offer.buy('ever', { wallet: await wallet() });
  assert.equal(purchase.timeLeft, Infinity);
  assert.equal(purchase.expiresAt, null);
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const block of purchase.blocks({ live: true })) {
      seen.push(JSON.parse(block.toString()));
      if (seen.length === 5) await purchase.close();
    }
  })();
  await until(() => seen.length === 3, 'what is there is read');
  await append(market, slug, [{ n: 3 }, { n: 4 }]);
  await reading;
  assert.deepEqual(
    seen,
    [0, 1, 2, 3, 4].map((n) => ({ n })),
  );
});

test('what was bought is opened again after a restart, without paying', async () => {
  const { slug, feedId } = await listFeed(market, ROWS, PLANS);
  const card = await cardOf(slug);
  const home = newHome();
  {
    await using offer = await connect(card, home);
    assert.equal(await offer.purchase(), null, 'nothing is bought yet');
    await offer.buy('hour', { wallet: await wallet() });
  }
  await using buyer = await openBuyer(home);
  const [offer] = await buyer.bought();
  const purchase = await offer?.purchase();
  assert.ok(purchase);
  assert.deepEqual(rowsOf(await collect(purchase.blocks())), ROWS);
  assert.ok(purchase.timeLeft > 3_000_000);
  await assert.rejects(purchase.extend('hour'), { code: 'no-wallet' });
  assert.equal(await paymentsFor(feedId), 1);
});

test('several purchases share one swarm and one store, and are closed with the buyer', async () => {
  const feeds = await Promise.all([1, 2, 3].map((n) => listFeed(market, [{ n }], PLANS)));
  await using buyer = await openBuyer(newHome());
  const closed: number[] = [];
  for (const [i, { slug }] of feeds.entries()) {
    const offer = await buyer.connect(market.server.url, { listing: slug });
    const purchase = await offer.buy('minute', { wallet: await wallet() });
    assert.deepEqual(rowsOf(await collect(purchase.blocks())), [{ n: i + 1 }]);
    purchase.on('close', () => closed.push(i));
  }
  assert.equal((await buyer.bought()).length, 3);
  await buyer.close();
  assert.deepEqual(closed.sort(), [0, 1, 2]);
});

test('by the key of a core alone who sells it is found, and proves that he may', async () => {
  const { slug, coreKey } = await listFeed(market, ROWS, PLANS);
  await using offer = await connect(coreKey, { ...newHome(), bootstrap: market.bootstrap });
  assert.equal(offer.card.name, slug);
  const purchase = await offer.buy('minute', { wallet: await wallet() });
  assert.deepEqual(rowsOf(await collect(purchase.blocks())), ROWS);
});

test('any function pays; what it throws is not taken for money kept', async () => {
  const { slug, feedId } = await listFeed(market, ROWS, PLANS);
  await using offer = await connect(await cardOf(slug), newHome());
  const asked: Payable[] = [];
  const broken = async (payable: Payable) => {
    asked.push(payable);
    throw new Error('out of battery');
  };
  await assert.rejects(offer.buy('minute', { wallet: broken }), { code: 'wallet-failed' });
  const lnd = await wallet();
  const works = async (payable: Payable) => {
    asked.push(payable);
    await lnd.pay(payable);
    return undefined;
  };
  const purchase = await offer.buy('minute', { wallet: works });
  assert.equal(purchase.access.state, 'valid');
  assert.equal(asked[1]?.bolt11, asked[0]?.bolt11, 'the same order goes on');
  assert.equal(await paymentsFor(feedId), 1);
});

test('one seed phrase is another buyer at each market, and the same one on another machine', async () => {
  const { slug } = await listFeed(market, ROWS, PLANS);
  const card = await cardOf(slug);
  const seedPhrase = createSeedPhrase();
  const { buyerKey } = await (async () => {
    await using offer = await connect(card, { ...newHome(), seedPhrase });
    await offer.buy('hour', { wallet: await wallet() });
    return offer;
  })();
  await using elsewhere = await connect(card, { ...newHome(), seedPhrase });
  assert.equal(elsewhere.buyerKey, buyerKey);
  const purchase = await elsewhere.purchase();
  assert.deepEqual(rowsOf(await collect(purchase!.blocks())), ROWS);
  await assert.rejects(openBuyer({ ...newHome(), seedPhrase: 'zoo zoo zoo' }), { code: 'usage' });
});

test('nothing is paid beyond the price on the card or the limit', async () => {
  const { slug, feedId } = await listFeed(market, ROWS, PLANS);
  const old = await cardOf(slug);
  await using offer = await connect(old, newHome());
  const below = { wallet: await wallet(), maxPriceMsat: 4_999n };
  await assert.rejects(offer.buy('minute', below), { code: 'price-above-limit' });
  await raisePrices(slug);
  await assert.rejects(offer.buy('minute', { wallet: await wallet() }), {
    code: 'price-above-limit',
    message: /costs 6000 msat now, the limit is 5000 msat/,
  });
  assert.equal(await paymentsFor(feedId), 0);
  const purchase = await offer.buy('minute', { wallet: await wallet(), maxPriceMsat: 6_000n });
  assert.equal(purchase.access.state, 'valid');
});

test('an invoice of another Lightning network than the card names is not paid', async () => {
  const { slug, feedId } = await listFeed(market, ROWS, PLANS);
  const { dazaar, ...card } = await cardOf(slug);
  assert.equal(dazaar.network, 'sandbox');
  const { marketKey: _, signature: __, ...unsigned } = dazaar;
  const elsewhere = { ...card, dazaar: { ...unsigned, network: 'mainnet' as const } };
  const { signing } = market.deps.keys;
  await using offer = await connect(signCard(elsewhere, signing), newHome());
  await assert.rejects(offer.buy('minute', { wallet: await wallet() }), {
    message: /it is for regtest, this market is paid on mainnet/,
  });
  assert.equal(await paymentsFor(feedId), 0);
});

test('a trial costs work and no money, once', async () => {
  const trial = { name: 'try', kind: 'trial', periodMs: 60_000, priceMsat: '0' };
  const { slug, feedId } = await listFeed(market, ROWS, [...PLANS, trial]);
  await using offer = await connect(await cardOf(slug), newHome());
  const never = () => assert.fail('nothing is to be paid');
  const purchase = await offer.buy('try', { wallet: never });
  assert.deepEqual(rowsOf(await collect(purchase.blocks())), ROWS);
  await assert.rejects(offer.order('try', { wallet: never }), { code: 'trial-used' });
  assert.equal(await paymentsFor(feedId), 0);
});

test('an order that was agreed to before is not paid beyond the limit of now', async () => {
  const { slug, feedId } = await listFeed(market, ROWS, PLANS);
  await using offer = await connect(await cardOf(slug), newHome());
  const broken = () => Promise.reject(new Error('out of battery'));
  await assert.rejects(offer.buy('minute', { wallet: broken }), { code: 'wallet-failed' });
  const below = { wallet: await wallet(), maxPriceMsat: 4_999n };
  await assert.rejects(offer.buy('minute', below), { code: 'price-above-limit' });
  assert.equal(await paymentsFor(feedId), 0);
  await offer.buy('minute', { ...below, maxPriceMsat: 5_000n });
  assert.equal(await paymentsFor(feedId), 1);
});

test('terms of use are accepted by their hash', async () => {
  const { slug } = await listFeed(market, ROWS, PLANS, { terms: 'Be kind.' });
  await using offer = await connect(await cardOf(slug), newHome());
  await assert.rejects(offer.buy('minute', { wallet: await wallet() }), {
    code: 'terms-not-accepted',
  });
  const acceptTerms = offer.card.dazaar.terms!.hash;
  const purchase = await offer.buy('minute', { wallet: await wallet(), acceptTerms });
  assert.equal(purchase.access.state, 'valid');
});

test('cards are read from objects, texts, files and addresses, and what is no card is refused', async () => {
  const { slug } = await listFeed(market, ROWS, PLANS);
  const card = await cardOf(slug);
  const path = join(directory, 'card.json');
  await writeFile(path, JSON.stringify(card));
  const url = `${market.server.url}/v1/listings/${slug}/card`;
  await using buyer = await openBuyer(newHome());
  for (const given of [card, JSON.stringify(card), path, url, new URL(url)]) {
    assert.equal((await buyer.connect(given)).card.id, card.id);
  }
  const forged = { ...card, name: 'another' };
  await assert.rejects(buyer.connect(forged), { code: 'card-forged' });
  await assert.rejects(buyer.connect({}), { code: 'no-card' });
  await assert.rejects(buyer.connect(join(directory, 'none.json')), { code: 'no-card' });
  await assert.rejects(buyer.connect(`${market.server.url}/v1/market`), { code: 'no-card' });
  await assert.rejects(buyer.connect('http://127.0.0.1:9/card'), { code: 'card-unreachable' });
  await assert.rejects(buyer.connect(''), { code: 'usage' });
});

async function raisePrices(slug: string): Promise<void> {
  const headers = { authorization: `Bearer ${market.apiKey}` };
  const url = `${market.server.url}/v1/seller/listings/${slug}`;
  const current = await fetch(url, { headers });
  const plans = PLANS.map((plan) => ({ ...plan, priceMsat: '6000' }));
  const answer = await fetch(url, {
    method: 'PATCH',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'if-match': current.headers.get('etag') ?? '',
    },
    body: JSON.stringify({ plans }),
  });
  assert.equal(answer.status, 200, await answer.text());
}
