import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Json } from '../../domain/message.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import { sendToSeller } from '../../flow/send-message.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, refused, type Sent, send } from '../support/request.ts';
import { listFeed, placeOrder, type ShopListing } from '../support/shop.ts';

const FREE = [{ name: 'free', kind: 'free' }];
const HELLO = { name: 'hello', body: 'Thank you for buying.' };

describe('messages of a seller', () => {
  let market: TestMarket;
  let listing: ShopListing;
  let ada: string;
  let bob: string;
  let strangerKey: string;
  before(async () => {
    const limits = { mailings: { amount: 60, windowSeconds: 3600 } };
    market = await startMarket({ workers: false, limits });
    listing = await listFeed(market, [], FREE);
    [ada, bob] = [await buyer(), await buyer()];
    const stranger = await market.db.prisma.seller.create({ data: { name: 'Stranger' } });
    strangerKey = await createApiKey(market.db.prisma, stranger.id, 'test', 'sandbox');
  });
  after(() => market[Symbol.asyncDispose]());

  async function buyer(slug = listing.slug): Promise<string> {
    const { hex } = new BuyerKey();
    await placeOrder(market, slug, { plan: 'free', buyerKey: hex });
    return hex;
  }
  const as = (apiKey: string, path: string, sent: Sent = {}) =>
    send(market, `/v1/seller${path}`, {
      ...sent,
      headers: { authorization: `Bearer ${apiKey}`, ...sent.headers },
    });
  const mine = (path: string, sent: Sent = {}) => as(market.apiKey, path, sent);
  const say = (body: object, headers = {}) =>
    mine(`/listings/${listing.slug}/messages`, { body, headers });
  const hear = async (from: string, name: string, body: Json, id: string = randomUUID()) => {
    const buyerKey = Uint8Array.from(Buffer.from(from, 'hex'));
    const { feedId } = listing;
    return sendToSeller(market.db.prisma, { id, feedId, buyerKey, name, body });
  };
  const heard = async (from: string, name: string, body: Json) => {
    const sent = await hear(from, name, body);
    assert.ok(!isRefusal(sent), JSON.stringify(sent));
    return sent.id;
  };
  const found = async (query: string) => {
    const { messages } = await answered(mine(`/messages?limit=100&${query}`));
    return messages.map(({ seq }: { seq: string }) => seq);
  };

  it('go to one buyer or to all, and say how many that reaches', async () => {
    const one = await answered(say({ ...HELLO, to: ada }), 201);
    assert.deepEqual([one.buyerKey, one.direction, one.reaches], [ada, 'to-buyer', null]);
    const all = await answered(say({ name: 'schema', body: { added: ['snow'] } }), 201);
    assert.deepEqual([all.buyerKey, all.reaches], [null, 2]);
    assert.ok(BigInt(all.seq) > BigInt(one.seq));
    const { reaches: _, ...kept } = all;
    assert.deepEqual(await answered(mine(`/messages/${all.seq}`)), kept);
  });

  it('are of any JSON that is not too large or too deep, under a plain name', async () => {
    for (const body of [null, 0, '', [], {}, { a: [{ 'b c': 1e300 }] }, 'x'.repeat(16_382)]) {
      const sent = await answered(say({ name: 'n', body, to: ada }), 201);
      assert.deepEqual(sent.body, body);
    }
    await refused(say({ name: 'n', body: 'x'.repeat(16_383) }), 413, 'message-too-large');
    await refused(say({ name: 'n', body: 'é'.repeat(8_192) }), 413, 'message-too-large');
    const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    await refused(say({ name: 'n', body: nested(17) }), 422, 'message-invalid');
    await refused(say({ name: 'n', body: nested(40) }), 400, 'too-deep');
    await refused(say({ name: 'n', body: { a: 'nul \0' } }), 422, 'message-invalid');
    await refused(say({ name: 'n', body: { '\ud800': 1 } }), 422, 'message-invalid');
    for (const name of ['', 'a b', 'x'.repeat(65), '<b>', 'é', 1, null]) {
      await refused(say({ name, body: 1 }), 400, 'invalid');
    }
    await refused(say({ name: 'n' }), 400, 'invalid');
    await refused(say({ name: 'n', body: 1, more: 1 }), 400, 'invalid');
  });

  it('go only to keys that have or had access, and of listings of his own', async () => {
    const other = await listFeed(market, [], FREE);
    const elsewhere = await buyer(other.slug);
    await refused(say({ ...HELLO, to: elsewhere }), 422, 'not-a-buyer');
    await refused(mine('/listings/none-such/messages', { body: HELLO }), 404, 'listing-not-found');
    const once = await buyer();
    const buyerKey = Uint8Array.from(Buffer.from(once, 'hex'));
    await market.db.prisma.grant.updateMany({ where: { buyerKey }, data: { state: 'revoked' } });
    await answered(say({ ...HELLO, to: once }), 201);
    assert.ok(!isRefusal(await hear(once, 'why', 'Why was I cut off?')));
    assert.ok(isRefusal(await hear(new BuyerKey().hex, 'spam', 'Buy my data instead!')));
  });

  it('A38 are sent once a key, also many at once', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const sent = await Promise.all(Array.from({ length: 8 }, () => say(HELLO, headers)));
    const seqs = new Set<string>();
    for (const answer of sent)
      if (answer.status === 201) seqs.add((await answered(answer, 201)).seq);
    assert.equal(seqs.size, 1);
    await refused(say({ ...HELLO, body: 'other' }, headers), 422, 'idempotency-key-reused');
  });

  it('come in once a buyer’s id, which is his own', async () => {
    const id = randomUUID();
    const sent = await Promise.all(Array.from({ length: 8 }, () => hear(ada, 'q', { n: 1 }, id)));
    assert.deepEqual(new Set(sent.map((each) => 'id' in each && each.id)).size, 1);
    assert.equal(sent.filter((each) => 'replayed' in each && !each.replayed).length, 1);
    const other = await hear(ada, 'q', { n: 2 }, id);
    assert.deepEqual('refused' in other && other.refused, 'idempotency-key-reused');
    const bobs = await hear(bob, 'q', { n: 2 }, id);
    assert.ok('id' in bobs && !bobs.replayed);
    const told = await market.db.prisma.outbox.findMany({ where: { topic: 'message.received' } });
    const payloads = told.map(({ payload }) => payload as { seq: string; body: Json });
    assert.deepEqual(payloads.find(({ seq }) => seq === bobs.id)?.body, { n: 2 });
    assert.equal(
      payloads.filter(({ seq }) => sent.some((s) => 'id' in s && s.id === seq)).length,
      1,
    );
  });

  it('are found by listing, buyer, name, direction, and whether they were seen', async () => {
    const asked = await heard(bob, 'question', 'Is it complete?');
    const { seq: answer } = await answered(say({ name: 'answer', body: 'Yes.', to: bob }), 201);
    const isIn = async (query: string, expected: [boolean, boolean]) => {
      const seqs = await found(query);
      assert.deepEqual([seqs.includes(asked), seqs.includes(answer)], expected, query);
    };
    await isIn(`listing=${listing.slug}`, [true, true]);
    await isIn('listing=none-such', [false, false]);
    await isIn(`buyerKey=${bob}`, [true, true]);
    await isIn(`buyerKey=${ada}`, [false, false]);
    await isIn('name=question', [true, false]);
    await isIn('direction=to-buyer', [false, true]);
    await isIn('unread=true', [true, false]);
    await isIn('unread=false', [false, true]);
    const seen = await answered(mine(`/messages/${asked}/read`, { method: 'POST' }));
    assert.ok(seen.readAtMs);
    const again = await answered(mine(`/messages/${asked}/read`, { method: 'POST' }));
    assert.equal(again.readAtMs, seen.readAtMs);
    const own = await answered(mine(`/messages/${answer}/read`, { method: 'POST' }));
    assert.equal(own.readAtMs, null);
    await isIn('unread=true', [false, false]);
    for (const query of ['unread=maybe', 'buyerKey=1', 'direction=up', 'name=a%20b']) {
      await refused(mine(`/messages?${query}`), 400, 'invalid');
    }
    await refused(mine('/messages?cursor=nonsense'), 400, 'cursor-invalid');
  });

  it('are leafed through without missing one or seeing one twice, while more come in', async () => {
    const sent: string[] = [];
    for (let i = 0; i < 5; i++) sent.push(await heard(bob, 'leaf', i));
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await answered(mine(`/messages?name=leaf&limit=2${cursor}`));
      seen.push(...page.messages.map(({ seq }: { seq: string }) => seq));
      await heard(bob, 'leaf', 'more');
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    assert.deepEqual(seen, sent.toReversed());
  });

  it('A35 are not there for another seller', async () => {
    const seq = await heard(ada, 'secret', 'for you alone');
    const theirs = (path: string, sent: Sent = {}) => as(strangerKey, path, sent);
    await refused(theirs(`/messages/${seq}`), 404, 'message-not-found');
    await refused(theirs(`/messages/${seq}/read`, { method: 'POST' }), 404, 'message-not-found');
    const posted = { body: { ...HELLO, to: ada } };
    const path = `/listings/${listing.slug}/messages`;
    await refused(theirs(path, posted), 404, 'listing-not-found');
    for (const query of ['', `?listing=${listing.slug}`, `?buyerKey=${ada}`]) {
      assert.deepEqual((await answered(theirs(`/messages${query}`))).messages, []);
    }
    const row = await market.db.prisma.message.findUniqueOrThrow({ where: { seq: BigInt(seq) } });
    assert.equal(row.readAt, null);
  });

  it('A37 need a key of the scope: `read` to read, `listings` to write', async () => {
    const { prisma } = market.db;
    const only = (scope: string) =>
      createApiKey(prisma, market.sellerId, scope, 'sandbox', [scope]);
    const [reads, writes] = [await only('read'), await only('listings')];
    const seq = await heard(ada, 'scope', 1);
    const path = `/listings/${listing.slug}/messages`;
    const body = { ...HELLO, to: ada };
    await answered(as(reads, `/messages/${seq}`));
    await answered(as(writes, path, { body }), 201);
    await answered(as(writes, `/messages/${seq}/read`, { method: 'POST' }));
    await refused(as(reads, path, { body }), 403, 'insufficient-scope');
    await refused(
      as(reads, `/messages/${seq}/read`, { method: 'POST' }),
      403,
      'insufficient-scope',
    );
    await refused(as(writes, '/messages'), 403, 'insufficient-scope');
    assert.equal((await send(market, '/v1/seller/messages')).status, 401);
  });

  it('are so many an hour, whatever the key', async () => {
    let answer: Response;
    do {
      answer = await say({ ...HELLO, to: ada });
      await answer.body?.cancel();
    } while (answer.status === 201);
    assert.equal(answer.status, 429);
    assert.match(answer.headers.get('ratelimit-policy') ?? '', /"mailings";q=60;w=3600/);
  });
});
