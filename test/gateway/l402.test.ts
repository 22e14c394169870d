import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fetch402, parseL402 } from '@getalby/lightning-tools/402';
import { importMacaroon } from 'macaroon';
import { grantList } from '../../contract/order.ts';
import { paymentOffer } from '../../contract/payment-offer.ts';
import { payout } from '../../contract/payout.ts';
import { problem } from '../../contract/problem.ts';
import { token } from '../../contract/token.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { encodeMacaroon } from '../../protocol/l402.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import { answered, refused, send } from '../support/request.ts';
import { listFeed, type ShopListing, until } from '../support/shop.ts';
import { urlOf } from './reader.ts';

const ROWS = Array.from({ length: 20 }, (_, i) => ({ i }));
const PLANS = [
  { name: 'day', kind: 'time', periodMs: 86_400_000, priceMsat: '90000' },
  { name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '5000' },
  { name: 'blink', kind: 'time', periodMs: 1_000, priceMsat: '6000' },
  { name: 'gift', kind: 'free' },
];

let market: TestMarket;
let listing: ShopListing;
let other: ShopListing;
let buyer: Lightning;
let blocks: string;

before(async () => {
  market = await startMarket();
  listing = await listFeed(market, ROWS, PLANS);
  other = await listFeed(market, ROWS, PLANS);
  buyer = connect(market.sandbox.nodes.buyer);
  blocks = urlOf(market, `/v1/feeds/${listing.feedId}/blocks`);
});

after(() => market[Symbol.asyncDispose]());

/** A wallet as L402 clients want one, on the sandbox's buyer node. */
const wallet = {
  paid: 0,
  async payInvoice({ invoice }: { invoice: string }) {
    const paid = await buyer.pay({ bolt11: invoice, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
    assert.equal(paid.state, 'succeeded');
    wallet.paid += 1;
    return { preimage: Buffer.from((paid as { preimage: Uint8Array }).preimage).toString('hex') };
  },
};

const offer = problem.and(paymentOffer);

async function challenge(url = blocks) {
  const answer = await fetch(url);
  assert.equal(answer.status, 402);
  const { orderId } = offer.parse(await answer.json());
  const { token: macaroon, invoice } = parseL402(answer.headers.get('www-authenticate')!);
  return { macaroon, invoice, orderId: orderId! };
}

async function buy(url = blocks) {
  const { macaroon, invoice, orderId } = await challenge(url);
  return { macaroon, orderId, ...(await wallet.payInvoice({ invoice })) };
}

const present = (macaroon: string, preimage: string, url = blocks) =>
  fetch(url, { headers: { authorization: `L402 ${macaroon}:${preimage}` } });

function attenuate(macaroon: string, caveat: string): string {
  const weaker = importMacaroon(Buffer.from(macaroon, 'base64'));
  weaker.addFirstPartyCaveat(caveat);
  return encodeMacaroon(weaker);
}

test('an L402 client that we did not write pays and gets the data, and again without paying', async () => {
  const answer = await fetch402(blocks, {}, { wallet });
  assert.equal(answer.status, 200);
  const lines = (await answer.text()).split('\n').filter(Boolean);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    ROWS,
  );
  const paidBefore = wallet.paid;
  const { credentials } = answer.payment!;
  const again = await fetch402(`${blocks}?start=19`, {}, { wallet, credentials });
  assert.equal(await again.text(), '{"i":19}\n');
  assert.equal(wallet.paid, paidBefore);
});

test('without a plan the cheapest paid one is asked for, and the problem lists them all', async () => {
  const answer = await fetch(blocks);
  const { code, plans, listing: slug } = offer.parse(await answer.json());
  assert.deepEqual([code, slug], ['payment-required', listing.slug]);
  assert.deepEqual(plans.map(({ name }) => name).sort(), ['blink', 'day', 'gift', 'minute']);
  const order = await market.db.prisma.order.findFirstOrThrow({
    where: { listing: { slug } },
    orderBy: { id: 'desc' },
    include: { plan: true },
  });
  assert.equal(order.plan.name, 'minute');
});

test('plan and quantity can be asked for; a free or unknown plan has no invoice', async () => {
  await challenge(`${blocks}?plan=day&quantity=3`);
  const order = await market.db.prisma.order.findFirstOrThrow({ orderBy: { id: 'desc' } });
  assert.equal(order.priceMsat, 270_000n);
  for (const plan of ['gift', 'nothing']) {
    const answer = await fetch(`${blocks}?plan=${plan}`);
    assert.equal(answer.status, 402);
    assert.equal(answer.headers.get('www-authenticate'), null);
  }
  assert.equal((await fetch(`${blocks}?quantity=x`)).status, 400);
});

test('A16: the same caller is shown the same invoice until it is paid', async () => {
  const plan = `${blocks}?plan=day&quantity=7`;
  const before = await market.db.prisma.order.count();
  const shown = await Promise.all(Array.from({ length: 20 }, () => challenge(plan)));
  assert.equal(new Set(shown.map(({ invoice }) => invoice)).size, 1);
  assert.equal(await market.db.prisma.order.count(), before + 1);
});

test('A11: a macaroon opens with the preimage of its own invoice, and with no other', async () => {
  const { macaroon, preimage } = await buy();
  assert.equal((await present(macaroon, preimage)).status, 200);
  for (const wrong of [randomBytes(32).toString('hex'), '', 'zz', preimage.slice(2)]) {
    assert.equal((await present(macaroon, wrong)).status, 402);
  }
});

test('A10: a paid preimage opens no other macaroon, and the macaroon no other feed', async () => {
  const { macaroon, preimage } = await buy();
  const unpaid = await challenge(`${blocks}?plan=day`);
  assert.equal((await present(unpaid.macaroon, preimage)).status, 402);
  const elsewhere = urlOf(market, `/v1/feeds/${other.feedId}/blocks`);
  assert.equal((await present(macaroon, preimage, elsewhere)).status, 402);
});

test('a macaroon that its holder has narrowed is as narrow as that', async () => {
  const { macaroon, preimage } = await buy(`${blocks}?plan=day`);
  const soon = Math.floor(Date.now() / 1000);
  const status = async (caveat: string) =>
    (await present(attenuate(macaroon, caveat), preimage)).status;
  assert.equal(await status(`valid_until=${soon + 600}`), 200);
  assert.equal(await status(`valid_until=${soon - 600}`), 402);
  assert.equal(await status(`feed=${other.feedId}`), 402);
  assert.equal(await status('plan=minute'), 402);
  assert.equal(await status('reader=alice'), 402, 'a condition that we do not know');
  assert.equal(await status('valid_until=never'), 402);
  assert.equal((await present(macaroon, preimage)).status, 200);
});

test('a forged macaroon is worth nothing', async () => {
  const { macaroon, preimage } = await buy();
  const bytes = Buffer.from(macaroon, 'base64');
  // The location, ahead of all that, is a hint, and not signed.
  for (const at of [12, 40, 80, bytes.length - 5]) {
    const forged = Buffer.from(bytes);
    forged[at]! ^= 1;
    assert.equal((await present(forged.toString('base64'), preimage)).status, 402);
  }
  assert.equal((await present('nonsense', preimage)).status, 402);
  assert.equal((await present('', '')).status, 402);
});

test('what was paid too late is claimed back with the macaroon and the preimage', async () => {
  const { prisma } = market.db;
  const dear = await listFeed(market, ROWS, [
    { name: 'year', kind: 'time', periodMs: 31_536_000_000, priceMsat: '900000' },
  ]);
  const url = urlOf(market, `/v1/feeds/${dear.feedId}/blocks`);
  const { macaroon, invoice, orderId } = await challenge(url);
  // Its time is over, and the price is another by now.
  await prisma.order.update({ where: { id: orderId }, data: { state: 'lapsed' } });
  await prisma.plan.updateMany({
    where: { listing: { slug: dear.slug } },
    data: { retiredAt: new Date() },
  });
  const { preimage } = await wallet.payInvoice({ invoice });
  await until(async () => (await present(macaroon, preimage, url)).status === 402);
  const answer = offer.parse(await (await present(macaroon, preimage, url)).json());
  assert.equal(answer.paidOrderId, orderId);
  const authorization = `Bearer ${(await tokenFor({ macaroon, preimage })).token}`;
  const bolt11 = await invoiceOf(openPayee(market.sandbox.nodes.buyer), 800_000n);
  const asked = send(market, `/v1/orders/${orderId}/refunds`, {
    body: { bolt11, maxFeeMsat: '100000' },
    headers: { authorization, 'idempotency-key': randomBytes(16).toString('hex') },
  });
  const { id } = payout.parse(await answered(asked, 201));
  await until(async () => {
    const read = send(market, `/v1/refunds/${id}`, { headers: { authorization } });
    return payout.parse(await answered(read)).state === 'paid';
  });
});

test('macaroon and preimage show the buyer key that was paid for, and what it was granted', async () => {
  const { macaroon, preimage } = await buy(`${blocks}?plan=day`);
  assert.equal((await present(macaroon, preimage)).status, 200);
  const issued = await tokenFor({ macaroon, preimage });
  const headers = { authorization: `Bearer ${issued.token}` };
  const { grants } = grantList.parse(await answered(send(market, '/v1/grants', { headers })));
  assert.deepEqual(
    grants.map(({ buyerKey, listing: slug }) => [buyerKey, slug]),
    [[issued.buyerKey, listing.slug]],
  );
});

test('A11: no token without the preimage, nor for a macaroon that was narrowed', async () => {
  const { macaroon, preimage } = await buy(`${blocks}?plan=day`);
  const unpaid = await challenge(`${blocks}?plan=day&quantity=2`);
  const soon = Math.floor(Date.now() / 1000) + 600;
  const narrowed = attenuate(macaroon, `valid_until=${soon}`);
  const others = [
    { macaroon, preimage: randomBytes(32).toString('hex') },
    { macaroon: unpaid.macaroon, preimage },
    { macaroon: 'AAAA', preimage },
    { macaroon: narrowed, preimage },
    { macaroon: attenuate(narrowed, 'plan=day'), preimage },
    { macaroon: attenuate(macaroon, `feed=${listing.feedId}`), preimage },
  ];
  for (const l402 of others) {
    await refused(send(market, '/v1/tokens', { body: { l402 } }), 422, 'l402-invalid');
  }
  const code = '7H4M-9Q0C-TXPK-2V8E-JN5W-R3ZD-6BYA-S1FG';
  const both = { l402: { macaroon, preimage }, claimCode: code };
  await refused(send(market, '/v1/tokens', { body: both }), 400, 'invalid');
});

async function tokenFor(l402: { macaroon: string; preimage: string }) {
  return token.parse(await answered(send(market, '/v1/tokens', { body: { l402 } }), 201));
}

test('where there are terms of use, there is an invoice for whoever accepts them', async () => {
  const { prisma } = market.db;
  const hash = Uint8Array.from(randomBytes(32));
  const hex = Buffer.from(hash).toString('hex');
  await prisma.terms.create({
    data: { hash, sellerId: market.sellerId, text: 'Be kind.', licence: 'CC0-1.0' },
  });
  await prisma.listing.update({
    where: { slug: other.slug },
    data: { termsHash: hash, version: { increment: 1 } },
  });
  const url = urlOf(market, `/v1/feeds/${other.feedId}/blocks`);
  const answer = await fetch(url);
  assert.equal(answer.status, 402);
  assert.equal(answer.headers.get('www-authenticate'), null);
  assert.match(problem.parse(await answer.json()).detail!, new RegExp(hex));
  await challenge(`${url}?terms=${hex}`);
  const order = await prisma.order.findFirstOrThrow({ orderBy: { id: 'desc' } });
  assert.deepEqual(order.termsHash, hash);
});

test('a stream ends when what was paid for does, and then it is to be paid anew', async () => {
  const { macaroon, preimage } = await buy(`${blocks}?plan=blink`);
  const tail = urlOf(market, `/v1/feeds/${listing.feedId}/tail`);
  const answer = await present(macaroon, preimage, tail);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /event: end\ndata: \{"reason":"expired"\}\n\n$/);
  await until(async () => (await present(macaroon, preimage)).status === 402);
  const fresh = await present(macaroon, preimage);
  assert.match(fresh.headers.get('www-authenticate')!, /^L402 macaroon="/);
});

test('what was sold over L402 is booked like any other order', async () => {
  await checkInvariants(market.db.prisma, market.lightning);
});
