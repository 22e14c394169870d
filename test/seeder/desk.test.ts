import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { card as cardShape, provenance as provenanceShape } from '../../contract/index.ts';
import { orderState, quote as quoteShape } from '../../protocol/messages.ts';
import { verifyOffer } from '../../protocol/verify-offer.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, pay, type ShopListing } from '../support/shop.ts';
import { connectBuyer, type TestBuyer, until } from './loopback.ts';

const MIB = 1024 * 1024;
const NOWHERE = { feedId: randomUUID(), core: '00'.repeat(32) };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let market: TestMarket;
let listing: ShopListing;

before(async () => {
  market = await startMarket({ name: 'Desk market' });
  listing = await listFeed(market, [{ n: 1 }, { n: 2 }], undefined, { terms: 'Be kind.' });
});
after(() => market[Symbol.asyncDispose]());

function visit(seed?: Uint8Array): Promise<TestBuyer> {
  return connectBuyer(market.bootstrap, market.seeder.key, seed ? { seed } : {});
}

function newKey(): string {
  return randomBytes(16).toString('hex');
}

async function ask(buyer: TestBuyer, question: Parameters<TestBuyer['ask']>[0]) {
  const { value, refused } = await buyer.ask(question);
  assert.equal(refused, undefined, JSON.stringify(refused));
  return value;
}

async function codeOf(buyer: TestBuyer, question: Parameters<TestBuyer['ask']>[0]) {
  const { refused } = await buyer.ask(question);
  return refused?.code;
}

test('a buyer with a core’s key is told the card, a price, and orders, pays and reads', async () => {
  await using buyer = await visit();
  const { card, provenance } = await ask(buyer, { what: 'card', core: listing.coreKey });
  await until(() => buyer.heard.hello.at(-1)?.attestation !== undefined, 'hello');
  const { attestation } = buyer.heard.hello.at(-1)!;
  const seederKey = buyer.connection.remotePublicKey.toString('hex');
  const heard = { seederKey, nowMs: Date.now(), toleranceMs: 60_000 };
  const offered = { attestation: attestation!, card, provenance };
  assert.equal(verifyOffer({ coreKey: listing.coreKey }, offered, heard), 'genuine');
  const { dazaar } = cardShape.parse(card);
  assert.equal(provenanceShape.parse(provenance).feedId, listing.feedId);
  assert.deepEqual(dazaar.bootstrap, market.bootstrap);
  assert.deepEqual(dazaar.seeders, [market.seeder.key.toString('hex')]);

  const { feedId } = dazaar;
  const wanted = { feedId, plan: 'minute', quantity: 2 };
  const quote = quoteShape.parse(await ask(buyer, { what: 'quote', ...wanted }));
  assert.deepEqual(
    [quote.priceMsat, quote.durationMs, quote.termsHash],
    ['10000', 120_000, dazaar.terms!.hash],
  );
  const asked = {
    what: 'order',
    ...wanted,
    acceptTerms: quote.termsHash!,
    maxPriceMsat: quote.priceMsat,
    idempotencyKey: newKey(),
  } as const;
  const order = orderState.parse(await ask(buyer, asked));
  assert.equal(order.buyerKey, buyer.key.toString('hex'));
  const again = orderState.parse(await ask(buyer, asked));
  assert.deepEqual(again.invoice, order.invoice, 'the same order, and the same invoice');
  assert.equal(await codeOf(buyer, { ...asked, quantity: 1 }), 'idempotency-key-reused');

  await pay(connect(market.sandbox.nodes.buyer), order as never);
  await until(() => buyer.heard.order.at(-1)?.state === 'paid', 'told that it is paid');
  const paid = buyer.heard.order.at(-1)!;
  assert.equal(paid.grant?.state, 'live');
  assert.deepEqual(
    paid.payments.map(({ outcome }) => outcome),
    ['settled'],
  );
  await until(() => buyer.said.some((each) => 'valid' in each), 'let in');
  const core = await buyer.open(Buffer.from(listing.coreKey, 'hex'));
  assert.deepEqual(JSON.parse(String(await core.get(1))), { n: 2 });
});

test('a change of price or terms since the buyer looked is refused, and costs nothing', async () => {
  await using buyer = await visit();
  const asked = { what: 'order', feedId: listing.feedId, plan: 'minute', quantity: 1 } as const;
  const { card } = await ask(buyer, { what: 'card', core: listing.coreKey });
  const acceptTerms = card.dazaar.terms.hash;
  const once = () => ({ ...asked, idempotencyKey: newKey() });
  assert.equal(await codeOf(buyer, once()), 'terms-not-accepted');
  assert.equal(await codeOf(buyer, { ...once(), acceptTerms: '11'.repeat(32) }), 'terms-changed');
  assert.equal(
    await codeOf(buyer, { ...once(), acceptTerms, maxPriceMsat: '4999' }),
    'price-changed',
  );
  assert.equal(await codeOf(buyer, { ...once(), acceptTerms, plan: 'gone' }), 'plan-not-found');
  const { prisma } = market.db;
  assert.equal(await prisma.order.count({ where: { buyerKey: Uint8Array.from(buyer.key) } }), 0);
});

test('A35: an order of another key is none', async () => {
  await using buyer = await visit();
  await using other = await visit();
  const open = await listFeed(market, [{ n: 1 }]);
  const asked = { what: 'order', feedId: open.feedId, plan: 'minute', quantity: 1 } as const;
  const idempotencyKey = newKey();
  const { id } = await ask(buyer, { ...asked, idempotencyKey });
  assert.equal((await ask(buyer, { what: 'watch', orderId: id })).id, id);
  assert.equal(await codeOf(other, { what: 'watch', orderId: id }), 'order-not-found');
  assert.equal(await codeOf(other, { what: 'watch', orderId: randomUUID() }), 'order-not-found');
  const theirs = await ask(other, { ...asked, idempotencyKey });
  assert.notEqual(theirs.id, id, 'a key of idempotency is its buyer’s own');
  assert.equal(other.heard.order.length, 0);
});

test('what is not sold, or not understood, is refused by its name', async () => {
  await using buyer = await visit();
  assert.equal(await codeOf(buyer, { what: 'card', core: NOWHERE.core }), 'listing-not-found');
  const quote = { what: 'quote', plan: 'minute', quantity: 1 } as const;
  assert.equal(await codeOf(buyer, { ...quote, feedId: NOWHERE.feedId }), 'listing-not-found');
  assert.equal(await codeOf(buyer, { what: 'barter', for: 'a goat' } as never), 'not-understood');
  assert.equal(await codeOf(buyer, { ...quote, feedId: 'no id' }), 'not-understood');
  const { slug, feedId, coreKey } = await listFeed(market, [{ n: 1 }]);
  await call(market, 'POST', `/v1/seller/listings/${slug}/withdraw`, undefined, 200);
  assert.equal(await codeOf(buyer, { what: 'card', core: coreKey }), 'listing-withdrawn');
  assert.equal(await codeOf(buyer, { ...quote, feedId }), 'listing-not-for-sale');
  const order = { ...quote, what: 'order', feedId, idempotencyKey: newKey() } as const;
  assert.equal(await codeOf(buyer, order), 'listing-not-for-sale');
});

test('who is turned away is told what access costs, and who has it when it ends', async () => {
  await using buyer = await visit();
  const plans = [
    { name: 'blink', kind: 'time', periodMs: 11_000, priceMsat: '1000' },
    { name: 'euro', kind: 'forever', price: { currency: 'EUR', amountMinor: 5 } },
  ];
  const { slug, feedId } = await listFeed(market, [{ n: 1 }], plans);
  const invalid = () => buyer.said.flatMap((each) => ('invalid' in each ? [each.invalid] : []));
  await until(
    async () => {
      buyer.channel.subscribe({ feedId });
      await sleep(250);
      return invalid().some(({ plans }) => plans !== null);
    },
    'told of the plans',
    60_000,
  );
  const { reason, plans: offered } = invalid().at(-1)!;
  assert.equal(reason, 'no-grant');
  assert.deepEqual(offered!.map(({ name, priceMsat }) => [name, priceMsat]).slice(0, 1), [
    ['blink', '1000'],
  ]);
  assert.deepEqual(offered![1]!.price, { currency: 'EUR', amountMinor: 5 });

  const asked = { what: 'order', feedId, plan: 'blink', quantity: 1 } as const;
  const order = await ask(buyer, { ...asked, idempotencyKey: newKey() });
  await pay(connect(market.sandbox.nodes.buyer), order);
  await until(() => buyer.heard.expiring.length > 0, 'told ahead of the end');
  const [notice] = buyer.heard.expiring;
  assert.equal(notice!.feedId, feedId);
  assert.ok(notice!.leftMs <= 10_000 && notice!.leftMs > 0);
  const valid = buyer.said.flatMap((each) => ('valid' in each ? [each.valid] : [])).at(-1)!;
  assert.equal(notice!.expiresAtMs, valid.expiresAtMs);
  await call(market, 'POST', `/v1/seller/listings/${slug}/withdraw`, undefined, 200);
  await until(() => invalid().at(-1)!.reason === 'expired', 'told of the end');
});

for (const kind of ['hyperbee', 'hyperdrive']) {
  test(`the writers of a ${kind} sign that this market sells it`, async () => {
    await using buyer = await visit();
    const { coreKey } = await listFeed(market, [], undefined, { feed: { kind } });
    const { card, provenance } = await ask(buyer, { what: 'card', core: coreKey });
    const { attestation } = buyer.heard.hello.at(-1)!;
    const seederKey = buyer.connection.remotePublicKey.toString('hex');
    const heard = { seederKey, nowMs: Date.now(), toleranceMs: 60_000 };
    const offered = { attestation: attestation!, card, provenance };
    for (const { key } of card.dazaar.cores) {
      assert.equal(verifyOffer({ coreKey: key }, offered, heard), 'genuine');
    }
    assert.equal(card.dazaar.cores.length, kind === 'hyperdrive' ? 2 : 1);
    assert.equal(card.id, card.dazaar.cores[0].key);
  });
}

test('a writer that was recorded before writers signed signs when the seeder looks again', async () => {
  const { feedId, coreKey } = await listFeed(market, [{ n: 1 }]);
  const { prisma } = market.db;
  await prisma.feedCore.updateMany({ where: { feedId }, data: { proof: null, manifest: null } });
  await prisma.feed.update({ where: { id: feedId }, data: { challenge: null } });
  await using buyer = await visit();
  const answered = () => ask(buyer, { what: 'card', core: coreKey });
  assert.equal((await answered()).provenance.proof, null);
  await listFeed(market, []);
  await until(async () => {
    const [core] = await prisma.feedCore.findMany({ where: { feedId } });
    return core?.proof !== null;
  }, 'signed');
  assert.equal((await answered()).provenance.proof.cores[0].key, coreKey);
});

test('A27: a flood of questions is refused, then hung up on, and others are answered all the while', async () => {
  await using flood = await visit();
  await using other = await visit();
  const closed = () => flood.channel.closed;
  let asked = 0;
  while (!closed() && asked < 20_000) {
    for (let i = 0; i < 100; i += 1)
      flood.channel.ask({ id: asked++, what: 'card', core: listing.coreKey });
    const { card } = await ask(other, { what: 'card', core: listing.coreKey });
    assert.equal(card.id, listing.coreKey);
    await sleep(100);
  }
  assert.ok(closed(), 'who does not listen to refusals is hung up on');
  assert.equal(flood.connection.destroyed, false, 'what was bought goes on');
  await using again = await visit();
  assert.equal(
    (await ask(again, { what: 'card', core: listing.coreKey })).card.id,
    listing.coreKey,
  );
});

test('A16: an address that orders without end is refused by all seeders and servers together', async () => {
  const limits = { orders: { amount: 3, windowSeconds: 600 } };
  await using small = await startMarket({ limits });
  const { feedId } = await listFeed(small, [{ n: 1 }]);
  await using buyer = await connectBuyer(small.bootstrap, small.seeder.key);
  await using other = await connectBuyer(small.bootstrap, small.seeder.key);
  const asked = { what: 'order', feedId, plan: 'minute', quantity: 1 } as const;
  const codes: (string | undefined)[] = [];
  for (let i = 0; i < 4; i += 1) {
    codes.push(await codeOf(buyer, { ...asked, idempotencyKey: newKey() }));
  }
  assert.deepEqual(codes, [undefined, undefined, undefined, 'limited']);
  // Another key of the same address costs nothing, so it gains nothing.
  assert.equal(await codeOf(other, { ...asked, idempotencyKey: newKey() }), 'limited');
  assert.equal(
    await codeOf(other, { what: 'quote', feedId, plan: 'minute', quantity: 1 }),
    undefined,
  );
  assert.equal(await small.db.prisma.order.count(), 3);
});

test('peers that come, ask without end and go leave nothing behind', async () => {
  const heaps: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(Array.from({ length: 10 }, () => askWithoutEnd(round)));
    await until(() => market.seeder.state.peers === 0, 'all are gone');
    collectGarbage();
    heaps.push(process.memoryUsage().heapUsed);
  }
  // The first round warms up; ten peers that left 1 MiB each would show in the others.
  const grown = heaps.at(-1)! - heaps[0]!;
  assert.ok(grown < 24 * MIB, `${Math.round(grown / MIB)} MiB more: ${heaps.join(', ')}`);
});

/** Says all that one may say and more, with answers open, and hangs up. */
async function askWithoutEnd(round: number): Promise<void> {
  await using buyer = await visit();
  for (let i = 0; i < 1_000; i += 1) {
    const orderId = randomUUID();
    buyer.channel.ask({ id: i, what: 'watch', orderId });
    buyer.channel.ask({ id: i, what: 'card', core: listing.coreKey });
    buyer.channel.ask({ id: i, what: 'x'.repeat(1 + (i % 60)), pad: 'y'.repeat(1_000) } as never);
    if (i % 100 === 0) await sleep(5);
  }
  if (round % 2 === 0) buyer.channel.hello({ minor: -1 } as never);
}
