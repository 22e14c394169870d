import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { placedOrder } from '../../contract/index.ts';
import { keyPairOfClaimCode } from '../../protocol/claim-code.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { answered, refused, send } from '../support/request.ts';
import { listFeed, pay, type ShopListing, until } from '../support/shop.ts';

const MAX_STREAMS = 64;
const MAX_OPEN_ORDERS = 20;
const MINUTE_MS = 60_000;
const PLANS = [
  { name: 'minute', kind: 'time', periodMs: MINUTE_MS, priceMsat: '5000' },
  { name: 'free', kind: 'free' },
  { name: 'taste', kind: 'trial', periodMs: MINUTE_MS },
  { name: 'euro', kind: 'forever', price: { currency: 'EUR', amountMinor: 150 } },
];

describe('an order', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    listing = await listFeed(market, [], PLANS);
  });
  after(() => market[Symbol.asyncDispose]());

  const key = () => randomBytes(16).toString('hex');
  const order = (body: object, headers: Record<string, string> = {}) =>
    send(market, '/v1/orders', {
      body: { listing: listing.slug, plan: 'minute', ...body },
      headers,
    });
  const placed = async (body: object, headers: Record<string, string> = {}) =>
    placedOrder.parse(await answered(order(body, headers), 201));
  const row = (id: string) => market.db.prisma.order.findUniqueOrThrow({ where: { id } });

  it('without a buyer key has a claim code, which only its own repetition is told again', async () => {
    const headers = { 'idempotency-key': key() };
    const first = await placed({}, headers);
    const pair = keyPairOfClaimCode(first.claimCode!);
    assert.equal(pair?.publicKey.toString('hex'), first.buyerKey);
    const again = await placed({}, headers);
    assert.deepEqual([again.id, again.claimCode], [first.id, first.claimCode]);
    const read = await answered(send(market, `/v1/orders/${first.id}`));
    assert.equal('claimCode' in read, false);
    const other = await placed({});
    assert.notEqual(other.claimCode, first.claimCode);
    assert.equal((await placed({ buyerKey: new BuyerKey().hex })).claimCode, null);
  });

  it('leaves nothing of its claim code in the database', async () => {
    const { claimCode } = await placed({});
    const tables = await market.db.prisma.$queryRaw<{ name: string }[]>`
      SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`;
    const code = claimCode!.replaceAll('-', '');
    const seed = keyPairOfClaimCode(code)!.secretKey.subarray(0, 32).toString('hex');
    for (const { name } of tables) {
      const [found] = await market.db.prisma.$queryRawUnsafe<{ rows: number }[]>(
        `SELECT count(*)::int AS rows FROM "${name}" t WHERE replace(t::text, '-', '') ILIKE ANY(ARRAY['%${code}%', '%${seed}%'])`,
      );
      assert.equal(found?.rows, 0, name);
    }
  });

  it('without a buyer key needs an idempotency key that nobody guesses', async () => {
    await refused(order({}, { 'idempotency-key': 'order-42' }), 422, 'idempotency-key-weak');
  });

  it('accepts the terms of use that are in force, and keeps which they were', async () => {
    const bound = await listFeed(market, [], PLANS, { terms: 'No resale.' });
    const { terms } = await answered(send(market, `/v1/listings/${bound.slug}`));
    const body = { listing: bound.slug, buyerKey: new BuyerKey().hex };
    const missing = await refused(order(body), 422, 'terms-not-accepted');
    assert.match(missing, new RegExp(terms.hash));
    const wrong = { ...body, acceptTerms: key().repeat(2) };
    assert.match(await refused(order(wrong), 409, 'terms-changed'), new RegExp(terms.hash));
    const { id, termsHash } = await placed({ ...body, acceptTerms: terms.hash });
    assert.equal(termsHash, terms.hash);
    assert.equal(Buffer.from((await row(id)).termsHash!).toString('hex'), terms.hash);
  });

  it('of a trial is there once a buyer key, also of many at once', async () => {
    const { hex: buyerKey } = new BuyerKey();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => order({ plan: 'taste', buyerKey })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, ...Array(9).fill(409)]);
    await refused(order({ plan: 'taste', buyerKey }), 409, 'trial-used');
    const grants = await market.db.prisma.grant.findMany({
      where: { buyerKey: Buffer.from(buyerKey, 'hex') },
    });
    assert.equal(grants.length, 1);
    const [grant] = grants;
    assert.equal(grant!.expiresAt!.getTime() - grant!.startsAt.getTime(), MINUTE_MS);
    assert.equal((await order({ plan: 'taste', buyerKey: new BuyerKey().hex })).status, 201);
  });

  it('of a trial names a buyer key', async () => {
    await refused(order({ plan: 'taste' }), 422, 'trial-needs-key');
  });

  it('of a free plan is granted at once, and its time is nobody’s to pay', async () => {
    const { state, grant, invoice } = await placed({ plan: 'free', buyerKey: new BuyerKey().hex });
    assert.deepEqual([state, grant?.state, invoice], ['paid', 'live', null]);
  });

  it('of a plan in a currency locks the rate and says at what', async () => {
    await until(async () => (await market.db.prisma.exchangeRate.count()) > 0);
    const { rate, priceMsat, invoice } = await placed({
      plan: 'euro',
      buyerKey: new BuyerKey().hex,
    });
    assert.deepEqual([rate?.currency, rate?.priceMinor], ['EUR', '150']);
    const expected = Math.ceil(1.5 * Number(rate!.msatPerUnit));
    assert.ok(Math.abs(Number(priceMsat) - expected) <= 1, `${priceMsat} for ${expected}`);
    assert.equal(invoice?.amountMsat, priceMsat);
  });

  it('A16 is refused when its key has too many that are not paid, and other keys go on', async () => {
    const { hex: buyerKey } = new BuyerKey();
    const answers = await Promise.all(
      Array.from({ length: MAX_OPEN_ORDERS + 10 }, () => order({ buyerKey })),
    );
    const open = answers.filter(({ status }) => status === 201);
    assert.equal(open.length, MAX_OPEN_ORDERS);
    await refused(order({ buyerKey }), 429, 'too-many-open-orders');
    assert.equal(
      await market.db.prisma.invoice.count({
        where: { order: { buyerKey: Buffer.from(buyerKey, 'hex') } },
      }),
      MAX_OPEN_ORDERS,
    );
    assert.equal((await order({ buyerKey: new BuyerKey().hex })).status, 201);
    assert.equal((await order({ plan: 'free', buyerKey })).status, 201);
  });

  it('shows each payment that came in for it', async () => {
    const { id, ...rest } = await placed({ buyerKey: new BuyerKey().hex });
    await pay(connect(market.sandbox.nodes.buyer), { id, ...rest });
    await until(async () => (await row(id)).state === 'paid');
    const { payments, refundableMsat } = await answered(send(market, `/v1/orders/${id}`));
    assert.deepEqual(
      payments.map((each: { outcome: string; receivedMsat: string }) => [
        each.outcome,
        each.receivedMsat,
      ]),
      [['settled', '5000']],
    );
    assert.equal(refundableMsat, '0');
  });

  it('is unknown to whoever does not know its id', async () => {
    for (const id of ['01890a5d-ac96-774b-bcce-b302099a8057', 'x', '%00']) {
      for (const path of [`/v1/orders/${id}`, `/v1/orders/${id}/events`]) {
        assert.equal((await send(market, path)).status, 404, path);
      }
    }
  });

  it('A27 is watched from one address by so many at once, and by another when one lets go', async () => {
    const { id } = await placed({ buyerKey: new BuyerKey().hex });
    const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, () => watch(market, id)));
    assert.deepEqual(new Set(streams.map(({ answer }) => answer.statusCode)), new Set([200]));
    const more = await watch(market, id);
    assert.equal(more.answer.statusCode, 429);
    assert.equal(more.answer.headers['retry-after'], '15');
    streams.pop()!.request.destroy();
    await until(async () => {
      const { request, answer } = await watch(market, id);
      request.destroy();
      return answer.statusCode === 200;
    });
    for (const { request } of streams) request.destroy();
  });
});

function watch(market: TestMarket, id: string) {
  const request = get(`${market.server.url}/v1/orders/${id}/events`, { agent: false });
  request.on('error', () => {});
  return new Promise<{ request: ClientRequest; answer: IncomingMessage }>((resolve) => {
    request.on('response', (answer) => resolve({ request, answer: answer.resume() }));
  });
}
