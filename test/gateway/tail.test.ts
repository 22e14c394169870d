import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifyRange } from '../../protocol/range-proof.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, listFeed, type ShopListing, until } from '../support/shop.ts';
import { download, newReader, type Reader, urlOf } from './reader.ts';

let market: TestMarket;
let listing: ShopListing;
let reader: Reader;

before(async () => {
  market = await startMarket({ workers: false });
  listing = await listFeed(
    market,
    Array.from({ length: 10 }, (_, i) => ({ i })),
  );
  reader = newReader(market);
  await reader.grant(listing.feedId);
});

after(() => market[Symbol.asyncDispose]());

interface Event {
  id?: string;
  event: string;
  data: string;
}

/** A tail that is being read. */
async function openTail(query = '', headers: Record<string, string> = {}) {
  const url = urlOf(market, `/v1/feeds/${listing.feedId}/tail${query}`);
  const running = await download(url, { authorization: await reader.bearer(), ...headers });
  assert.equal(running.answer.statusCode, 200);
  const events = () => eventsIn(Buffer.concat(running.bytes).toString());
  const blocks = () => events().filter(({ event }) => event === 'block');
  return { ...running, events, blocks };
}

function eventsIn(text: string): Event[] {
  const fields = text
    .split('\n\n')
    .slice(0, -1)
    .map((part) =>
      Object.fromEntries(
        part
          .split('\n')
          .map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
      ),
    );
  return fields.filter((each) => 'event' in each) as unknown as Event[];
}

test('a tail begins with what is appended next, and each block has its index as id', async () => {
  const tail = await openTail();
  await append(market, listing.slug, [{ i: 10 }, { i: 11 }]);
  await until(async () => tail.blocks().length === 2);
  const [first] = tail.blocks();
  assert.deepEqual(first, { id: '10', event: 'block', data: '{"i":10}' });
  tail.request.destroy();
});

test('a tail goes on behind Last-Event-ID, without a gap and without a repetition', async () => {
  const first = await openTail('?start=0');
  await until(async () => first.blocks().length >= 5);
  first.request.destroy();
  await append(market, listing.slug, [{ i: 12 }]);
  const last = '4';
  const second = await openTail('?start=0', { 'last-event-id': last });
  await append(market, listing.slug, [{ i: 13 }]);
  await until(async () => second.blocks().at(-1)?.id === '13');
  assert.deepEqual(
    second.blocks().map(({ id }) => Number(id)),
    Array.from({ length: 9 }, (_, i) => i + 5),
  );
  second.request.destroy();
});

test('blocks in base64 are proven by the event behind them', async () => {
  const tail = await openTail('?start=-14&encoding=base64');
  await until(async () => tail.events().at(-1)?.event === 'proof' && tail.blocks().length === 14);
  const key = Buffer.from(listing.coreKey, 'hex');
  let pending: Buffer[] = [];
  let proven = 0;
  for (const { event, data } of tail.events()) {
    if (event === 'block') pending.push(Buffer.from(data, 'base64'));
    else {
      const proof = Buffer.from(JSON.parse(data).proof, 'base64url');
      proven = verifyRange(key, proof, pending).end;
      pending = [];
    }
  }
  assert.equal(proven, 14);
  tail.request.destroy();
});

test('A23: a revocation is the last event, and no block comes behind it', async () => {
  const other = newReader(market);
  await other.grant(listing.feedId);
  const url = urlOf(market, `/v1/feeds/${listing.feedId}/tail`);
  const tail = await download(url, { authorization: await other.bearer() });
  await append(market, listing.slug, [{ seen: true }]);
  await until(async () => Buffer.concat(tail.bytes).includes('seen'));
  await other.revoke(listing.feedId);
  await append(market, listing.slug, [{ unseen: true }]);
  assert.equal(await tail.ended, 'revoked');
  const text = Buffer.concat(tail.bytes).toString();
  assert.match(text, /event: end\ndata: \{"reason":"revoked"\}\n\n$/);
  assert.doesNotMatch(text, /unseen/);
});

test('a gateway that stops says so to those who are reading', async () => {
  const tail = await openTail();
  await market.seeder.stop();
  assert.equal(await tail.ended, 'stopped');
  assert.deepEqual(tail.events().at(-1), { event: 'end', data: '{"reason":"stopped"}' });
});
