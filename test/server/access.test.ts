import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { verifyBuyerToken } from '../../protocol/buyer-token.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { answered, refused, send } from '../support/request.ts';
import { listFeed, pay, type ShopListing, until } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '5000' },
  { name: 'taste', kind: 'trial', periodMs: HOUR_MS },
  { name: 'free', kind: 'free' },
];

describe('a buyer key', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    listing = await listFeed(market, [], PLANS);
  });
  after(() => market[Symbol.asyncDispose]());

  const post = (path: string, body: object) => send(market, path, { body });
  const order = (body: object) =>
    answered(post('/v1/orders', { listing: listing.slug, plan: 'taste', ...body }), 201);
  const grants = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return answered(send(market, '/v1/grants', { headers }));
  };
  const tokenOf = async (key: BuyerKey) =>
    (await answered(post('/v1/tokens', key.tokenRequest(market)), 201)).token as string;
  const grantOf = async (key: BuyerKey) => (await grants(await tokenOf(key))).grants[0];
  const withGrant = async () => {
    const key = new BuyerKey();
    await order({ buyerKey: key.hex });
    return key;
  };
  const log = (buyerKey: string) =>
    market.db.prisma.grantLog.findMany({
      where: { buyerKey: Buffer.from(buyerKey, 'hex') },
      orderBy: { seq: 'asc' },
    });

  it('gets a token by its signature, and reads its grants with it', async () => {
    const key = await withGrant();
    const { token, expiresAtMs, nowMs, feedId } = await answered(
      post('/v1/tokens', key.tokenRequest(market)),
      201,
    );
    assert.equal(feedId, null);
    assert.ok(expiresAtMs > nowMs && expiresAtMs <= nowMs + 600_000);
    const { grants: list } = await grants(token);
    assert.deepEqual(
      list.map((each: { listing: string; state: string }) => [each.listing, each.state]),
      [[listing.slug, 'live']],
    );
  });

  it('gets none by a signature of another key, of another statement, or of another time', async () => {
    const key = new BuyerKey();
    const good = key.tokenRequest(market);
    const late = key.tokenRequest(market, undefined, Date.now() - 6 * 60_000);
    for (const body of [
      { ...good, buyerKey: new BuyerKey().hex },
      { ...good, listing: listing.slug },
      { ...good, issuedAtMs: good.issuedAtMs + 1 },
      { ...good, signature: randomBytes(64).toString('hex') },
      { ...good, signature: key.transfer(market, listing.slug, key.hex).signature },
      late,
    ]) {
      await refused(post('/v1/tokens', body), 422, 'statement-refused');
    }
    assert.equal((await post('/v1/tokens', {})).status, 400);
  });

  it('shows its grants to nobody without its token', async () => {
    for (const authorization of ['', 'Bearer x', `Bearer ${market.apiKey}`]) {
      const answer = await send(market, `/v1/grants?buyerKey=${new BuyerKey().hex}`, {
        headers: authorization ? { authorization } : {},
      });
      await refused(answer, 401, 'unauthenticated');
    }
  });

  it('gets a token for one feed only while its grant lasts, and for that feed alone', async () => {
    const key = await withGrant();
    const { token, feedId } = await answered(
      post('/v1/tokens', key.tokenRequest(market, listing.slug)),
      201,
    );
    assert.equal(feedId, listing.feedId);
    const { signing } = market.deps.keys;
    const read = await verifyBuyerToken(signing.publicKey, token, Date.now());
    assert.ok(!('refused' in read));
    assert.equal(read.grantId, (await grantOf(key)).id);
    const headers = { authorization: `Bearer ${token}` };
    await refused(send(market, '/v1/grants', { headers }), 403, 'forbidden');
    const nobody = new BuyerKey().tokenRequest(market, listing.slug);
    await refused(post('/v1/tokens', nobody), 402, 'no-live-grant');
    const nothing = key.tokenRequest(market, 'no-such-listing');
    await refused(post('/v1/tokens', nothing), 404, 'listing-not-found');
  });

  it('hands the rest of its time to another key, which has it besides its own', async () => {
    const [from, to] = [await withGrant(), await withGrant()];
    const [given, held] = [await grantOf(from), await grantOf(to)];
    const moved = await answered(
      post('/v1/grants/transfer', from.transfer(market, listing.slug, to.hex)),
    );
    const left = given.expiresAtMs - (await cutAt(from));
    assert.equal(moved.expiresAtMs, held.expiresAtMs + left);
    assert.equal((await grantOf(from)).state, 'revoked');
    const changes = (rows: { change: string; reason: string | null }[]) =>
      rows.map(({ change, reason }) => [change, reason]);
    assert.deepEqual(changes(await log(from.hex)).at(-1), ['revoked', 'transferred']);
    assert.deepEqual(changes(await log(to.hex)).at(-1), ['extended', 'transferred']);
  });

  const cutAt = async (key: BuyerKey) => (await log(key.hex)).at(-1)!.expiresAt!.getTime();

  it('hands its time over once, however often its word is repeated, and by whom', async () => {
    const [from, to] = [await withGrant(), new BuyerKey()];
    const word = from.transfer(market, listing.slug, to.hex);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post('/v1/grants/transfer', word)),
    );
    const moved = answers.filter(({ status }) => status === 200);
    assert.ok(moved.length >= 1);
    for (const { status } of answers) assert.ok(status === 200 || status === 409, `${status}`);
    const { expiresAtMs } = await grantOf(to);
    await order({ plan: 'free', buyerKey: from.hex });
    const again = await answered(post('/v1/grants/transfer', word));
    assert.equal(again.expiresAtMs, expiresAtMs, 'what was bought since stays where it is');
    assert.equal((await grantOf(from)).state, 'live');
  });

  it('keeps access without an end when that is handed over', async () => {
    const [from, to] = [new BuyerKey(), await withGrant()];
    await order({ plan: 'free', buyerKey: from.hex });
    const moved = await answered(
      post('/v1/grants/transfer', from.transfer(market, listing.slug, to.hex)),
    );
    assert.equal(moved.expiresAtMs, null);
  });

  it('hands nothing over that it has not, and nothing to itself', async () => {
    const from = new BuyerKey();
    const transfer = (key: BuyerKey, slug: string, toKey: string) =>
      post('/v1/grants/transfer', key.transfer(market, slug, toKey));
    const { hex } = new BuyerKey();
    await refused(transfer(from, listing.slug, hex), 409, 'grant-not-live');
    await refused(transfer(from, 'no-such-listing', hex), 404, 'listing-not-found');
    await refused(transfer(from, listing.slug, from.hex), 422, 'same-key');
    const word = (await withGrant()).transfer(market, listing.slug, hex);
    const stolen = { ...word, toKey: new BuyerKey().hex };
    await refused(post('/v1/grants/transfer', stolen), 422, 'statement-refused');
  });

  it('loses no time when it and another hand theirs to each other at once', async () => {
    const [a, b] = [await withGrant(), await withGrant()];
    const before = (await grantOf(a)).expiresAtMs + (await grantOf(b)).expiresAtMs;
    const answers = await Promise.all([
      post('/v1/grants/transfer', a.transfer(market, listing.slug, b.hex)),
      post('/v1/grants/transfer', b.transfer(market, listing.slug, a.hex)),
    ]);
    for (const each of answers) assert.equal(each.status, 200, await each.text());
    const live = [await grantOf(a), await grantOf(b)].filter(({ state }) => state === 'live');
    assert.equal(live.length, 1);
    const now = Date.now();
    assert.ok(Math.abs(live[0].expiresAtMs - (before - now)) < 60_000);
  });

  it('gets what a claim code stands for, once and as soon as it is paid', async () => {
    const placed = await order({ plan: 'hour' });
    const { claimCode } = placed;
    const mine = new BuyerKey();
    const claim = (key: BuyerKey, code = claimCode) =>
      post('/v1/claims', { claimCode: code, buyerKey: key.hex });
    await refused(claim(mine), 409, 'order-not-paid');
    await pay(connect(market.sandbox.nodes.buyer), placed);
    const isPaid = async () =>
      (await answered(send(market, `/v1/orders/${placed.id}`))).state === 'paid';
    await until(isPaid);
    const byCode = { claimCode, listing: listing.slug };
    assert.equal((await post('/v1/tokens', byCode)).status, 201, 'the code opens the feed as well');
    const { expiresAtMs, state } = await answered(claim(mine));
    assert.equal(state, 'live');
    assert.equal((await answered(claim(mine))).expiresAtMs, expiresAtMs, 'the same again');
    await refused(claim(new BuyerKey()), 409, 'claim-code-redeemed');
    await refused(post('/v1/tokens', byCode), 402, 'no-live-grant');
    await refused(claim(mine, `${claimCode.slice(0, -1)}?`), 422, 'claim-code-invalid');
    assert.equal((await grantOf(mine)).expiresAtMs, expiresAtMs);
  });
});
