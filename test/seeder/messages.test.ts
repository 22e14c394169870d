import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isRefusal } from '../../domain/refusal.ts';
import { sendToBuyers } from '../../flow/send-message.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, placeOrder, type ShopListing } from '../support/shop.ts';
import { kill, startChild } from './child.ts';
import {
  connectBuyer,
  openTestnet,
  type TestBuyer,
  temporaryDirectory,
  until,
} from './loopback.ts';
import { addFeed, grant } from './market.ts';

const FREE = [{ name: 'free', kind: 'free' }];
const AN_HOUR = 6;
const FILLING = 'x'.repeat(16_000);
const MORE_THAN_STREAMS_TAKE = 600;

let market: TestMarket;
let listing: ShopListing;

before(async () => {
  market = await startMarket({ limits: { messages: { amount: AN_HOUR, windowSeconds: 3600 } } });
  listing = await listFeed(market, [], FREE);
});
after(() => market[Symbol.asyncDispose]());

function visit(seed: Uint8Array = randomBytes(32)): Promise<TestBuyer> {
  return connectBuyer(market.bootstrap, market.seeder.key, { seed, replicate: false });
}

async function buys(buyer: TestBuyer, { slug, feedId } = listing): Promise<void> {
  await placeOrder(market, slug, { plan: 'free', buyerKey: buyer.key.toString('hex') });
  await until(() => market.seeder.gate.grants(buyer.key, feedId), 'the buyer is let in');
}

async function say(
  body: string | number,
  to: TestBuyer | null = null,
  { slug } = listing,
): Promise<bigint> {
  const { sellerId } = market;
  const key = to && Uint8Array.from(to.key);
  const message = { sellerId, slug, to: key, name: 'news', body };
  const sent = await sendToBuyers(market.db.prisma, message, null);
  assert.ok(!isRefusal(sent));
  return BigInt(sent.id);
}

/** Hears what comes; `after` left out, only what is new. */
function subscribe(buyer: TestBuyer, after?: bigint, { feedId } = listing): void {
  const cursor = after === undefined ? {} : { messagesAfter: after.toString() };
  buyer.channel.subscribe({ feedId, ...cursor });
}

const heard = ({ heard: { message } }: TestBuyer) => message.map(({ body }) => body);

/** Waits until a buyer has heard the last of them, and that it was all of them, once, in their order. */
async function hears(buyer: TestBuyer, bodies: (string | number)[]): Promise<void> {
  await until(() => heard(buyer).includes(bodies.at(-1)!), `the buyer hears ${bodies.at(-1)}`);
  assert.deepEqual(heard(buyer), bodies);
}

test('all with access hear what is said to all, one alone what is said to him, and a stranger nothing', async () => {
  await using ada = await visit();
  await using bob = await visit();
  await using stranger = await visit();
  await buys(ada);
  await buys(bob);
  for (const each of [ada, bob, stranger]) subscribe(each, 0n);
  await say('to all');
  await say('to Ada', ada);
  await say('to all again');
  await hears(ada, ['to all', 'to Ada', 'to all again']);
  await hears(bob, ['to all', 'to all again']);
  const [first, second] = ada.heard.message;
  assert.deepEqual([first!.name, first!.isBroadcast, second!.isBroadcast], ['news', true, false]);
  assert.ok(BigInt(first!.seq) < BigInt(second!.seq));
  assert.deepEqual(heard(stranger), []);
});

test('who comes back hears what he missed and what is being said, in order, nothing twice', async () => {
  const own = await listFeed(market, [], FREE);
  const seed = randomBytes(32);
  const said: number[] = [];
  const sayNext = async () => {
    said.push(said.length);
    await say(said.length - 1, null, own);
  };
  await using ada = await visit(seed);
  await buys(ada, own);
  subscribe(ada, 0n, own);
  await sayNext();
  await hears(ada, [0]);
  ada.connection.destroy();
  for (let n = 0; n < 50; n++) await sayNext();

  await using again = await visit(seed);
  subscribe(again, BigInt(ada.heard.message[0]!.seq), own);
  for (let n = 0; n < 20; n++) await sayNext();
  await hears(again, said.slice(1));

  await using later = await visit(seed);
  subscribe(later, undefined, own);
  await later.ask({ what: 'watch', orderId: randomUUID() });
  await sayNext();
  await hears(later, said.slice(-1));
});

test('what was said to all is for those who had access then, and have it still', async () => {
  const own = await listFeed(market, [], FREE);
  await using ada = await visit();
  await using bob = await visit();
  await buys(ada, own);
  await say('before Bob', null, own);
  await buys(bob, own);
  await say('to both', null, own);
  const buyerKey = Uint8Array.from(ada.key);
  const { feedId } = own;
  await market.db.prisma.grant.update({
    where: { feedId_buyerKey: { feedId, buyerKey } },
    data: { state: 'revoked' },
  });
  await say('to Ada, who was cut off', ada, own);
  await say('to Bob', bob, own);
  for (const each of [ada, bob]) subscribe(each, 0n, own);
  await hears(ada, ['to Ada, who was cut off']);
  await hears(bob, ['to both', 'to Bob']);
});

test('to all of a feed that is open to anybody is to whoever asks, since it has been open', async () => {
  const own = await listFeed(market, [], FREE);
  await say('to those who had ordered', null, own);
  await openToAnybody(own);
  await say('to anybody', null, own);
  await using anybody = await visit();
  subscribe(anybody, 0n, own);
  await hears(anybody, ['to anybody']);
  await say('and again', null, own);
  await hears(anybody, ['to anybody', 'and again']);
});

test('who has paid, and is let in until the payment is taken, hears nothing of before', async () => {
  const own = await listFeed(market, [], FREE);
  await say('to those who had access', null, own);
  await using held = await visit();
  const access = { expiresAtMs: null, fromBlock: 0, maxConnections: null };
  market.seeder.gate.grant({ buyerKey: held.key, feedId: own.feedId, ...access });
  const { value } = await held.ask({ what: 'messages', feedId: own.feedId, after: '0' });
  assert.deepEqual(value, { messages: [], isLast: true });
});

async function openToAnybody({ slug }: ShopListing): Promise<void> {
  const { prisma } = market.db;
  const { id: listingId } = await prisma.listing.findUniqueOrThrow({ where: { slug } });
  await prisma.plan.create({
    data: { listingId, name: 'open', kind: 'free', priceMsat: 0n, tracked: false },
  });
}

test('a buyer writes to the seller, once an id, and is told why where he cannot', async () => {
  const own = await listFeed(market, [], FREE);
  await using ada = await visit();
  await using stranger = await visit();
  await buys(ada, own);
  const { feedId } = own;
  const send = { what: 'send', feedId, messageId: randomUUID(), name: 'question' } as const;
  const { value } = await ada.ask({ ...send, body: { text: 'Why?' } });
  const again = await ada.ask({ ...send, body: { text: 'Why?' } });
  assert.deepEqual(again.value, value);
  const row = await market.db.prisma.message.findUniqueOrThrow({
    where: { seq: BigInt(value.seq) },
  });
  assert.deepEqual(
    [row.direction, row.name, row.body],
    ['to_seller', 'question', { text: 'Why?' }],
  );
  assert.deepEqual(Buffer.from(row.buyerKey!), ada.key);

  const codeOf = async (buyer: TestBuyer, more: object) => {
    const answer = await buyer.ask({ ...send, messageId: randomUUID(), body: 1, ...more });
    return answer.refused?.code;
  };
  const other = { messageId: send.messageId, body: { text: 'Other.' } };
  assert.equal(await codeOf(ada, other), 'idempotency-key-reused');
  assert.equal(await codeOf(ada, { body: 'x'.repeat(16_400) }), 'message-too-large');
  assert.equal(await codeOf(ada, { name: '<b>' }), 'message-invalid');
  assert.equal(await codeOf(ada, { feedId: randomUUID() }), 'not-a-buyer');
  assert.equal(await codeOf(stranger, {}), 'not-a-buyer');
  assert.equal(await market.db.prisma.message.count({ where: { feedId } }), 1);
});

test('a flood of one buyer is limited, and another is heard', async () => {
  const own = await listFeed(market, [], FREE);
  await using ada = await visit();
  await using bob = await visit();
  for (const each of [ada, bob]) await buys(each, own);
  const { feedId } = own;
  const send = (buyer: TestBuyer) =>
    buyer.ask({ what: 'send', feedId, messageId: randomUUID(), name: 'spam', body: 'Buy!' });
  const codes = new Set<string | undefined>();
  for (let n = 0; n < AN_HOUR + 4; n++) codes.add((await send(ada)).refused?.code);
  assert.deepEqual(codes, new Set([undefined, 'limited']));
  assert.equal((await send(bob)).refused, undefined);
  const buyerKey = Uint8Array.from(ada.key);
  assert.equal(await market.db.prisma.message.count({ where: { feedId, buyerKey } }), AN_HOUR);
});

test('a cursor that no message has holds up nobody', async () => {
  await using ada = await visit();
  await using bob = await visit();
  for (const each of [ada, bob]) await buys(each);
  ada.channel.subscribe({ feedId: listing.feedId, messagesAfter: '9'.repeat(19) });
  subscribe(bob, await say('mark'));
  await say('after the cursor of all cursors', bob);
  await hears(bob, ['after the cursor of all cursors']);
  assert.deepEqual(heard(ada), []);
});

test('who does not read is written to no further than his stream takes, and hears all once he does', async () => {
  const own = await listFeed(market, [], FREE);
  await using ada = await visit();
  await using bob = await visit();
  for (const each of [ada, bob]) {
    await buys(each, own);
    subscribe(each, 0n, own);
  }
  await say(0, null, own);
  await hears(ada, [0]);
  ada.connection.rawStream.pause();
  const bodies = Array.from({ length: MORE_THAN_STREAMS_TAKE }, (_, n) => `${n} ${FILLING}`);
  const { feedId } = own;
  const row = { feedId, direction: 'to_buyer' as const, name: 'news' };
  await market.db.prisma.message.createMany({
    data: bodies.map((body) => ({ ...row, id: randomUUID(), body })),
  });
  await hears(bob, [0, ...bodies]);
  const got = heard(ada).length;
  assert.ok(got < bodies.length, `${got} were heard though nobody reads`);
  ada.connection.rawStream.resume();
  await hears(ada, [0, ...bodies]);
});

test('a seeder that is killed goes on where its buyers are when it is back', async () => {
  await using database = await createDatabase();
  await using dht = await openTestnet();
  await using data = await temporaryDirectory();
  const place = { database, dataDir: data.path, bootstrap: dht.bootstrap };
  const { prisma } = database;
  const feedId = await addFeed(prisma);
  const seed = randomBytes(32);
  const sayIn = sayerIn(database, feedId);
  const first = await startChild(place);
  const ada = await connectBuyer(dht.bootstrap, first.key, { seed, replicate: false });
  await grant(prisma, feedId, ada.key, null);
  ada.channel.subscribe({ feedId, messagesAfter: '0' });
  await sayIn(0);
  await hears(ada, [0]);
  const last = ada.heard.message[0]!.seq;
  await kill(first.child);
  await ada[Symbol.asyncDispose]();
  for (const n of [1, 2, 3]) await sayIn(n);
  const second = await startChild(place);
  try {
    await using again = await connectBuyer(dht.bootstrap, second.key, { seed, replicate: false });
    again.channel.subscribe({ feedId, messagesAfter: last });
    await hears(again, [1, 2, 3]);
    await sayIn(4);
    await hears(again, [1, 2, 3, 4]);
  } finally {
    await kill(second.child);
  }
});

function sayerIn({ prisma }: TestDatabase, feedId: string) {
  return async (body: number) => {
    const { slug, sellerId } = await prisma.listing.findFirstOrThrow({
      where: { feed: { id: feedId } },
    });
    const message = { sellerId, slug, to: null, name: 'news', body };
    assert.ok(!isRefusal(await sendToBuyers(prisma, message, null)));
  };
}
