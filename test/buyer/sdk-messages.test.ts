import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, sandboxWallet } from '../../buyer/index.ts';
import type { Json } from '../../domain/message.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { sendToBuyers } from '../../flow/send-message.ts';
import { temporaryDirectory, until } from '../seeder/loopback.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';

let market: TestMarket;
let listing: ShopListing;

before(async () => {
  market = await startMarket({ workers: false });
  listing = await listFeed(market, [{ n: 0 }], [{ name: 'free', kind: 'free' }]);
});
after(() => market[Symbol.asyncDispose]());

async function say(name: string, body: Json, to: Uint8Array<ArrayBuffer> | null = null) {
  const { sellerId } = market;
  const message = { sellerId, slug: listing.slug, to, name, body };
  assert.ok(!isRefusal(await sendToBuyers(market.db.prisma, message, null)));
}

test('a purchase sends to its seller and receives by name, each message once in all runs', async () => {
  await using home = await temporaryDirectory();
  const card = `${market.server.url}/v1/listings/${listing.slug}/card`;
  const wallet = await sandboxWallet(join(market.dir, 'sandbox'));
  const [heard, schemas]: [Json[], Json[]] = [[], []];
  let buyerKey: Uint8Array<ArrayBuffer>;
  {
    await using offer = await connect(card, { home: home.path });
    const purchase = await offer.buy('free', { wallet });
    buyerKey = Uint8Array.from(Buffer.from(offer.buyerKey, 'hex'));
    await say('early', 0);
    purchase.on('message', ({ body }) => void heard.push(body));
    const stop = purchase.receive('schema', (body, { isBroadcast }) => {
      schemas.push([body, isBroadcast]);
    });
    await say('news', 1);
    await say('schema', { added: ['snow'] });
    await say('schema', 2, buyerKey);
    await until(() => heard.length === 4, 'all are heard');
    stop();
    await say('schema', 3);
    await until(() => heard.length === 5, 'the last one is heard');
    await purchase.send('question', { text: 'Is it complete?' });
    await assert.rejects(purchase.send('two words', 1), { code: 'message-invalid' });
  }
  assert.deepEqual(schemas, [
    [{ added: ['snow'] }, true],
    [2, false],
  ]);
  const { feedId } = listing;
  const asked = await market.db.prisma.message.findMany({
    where: { feedId, direction: 'to_seller' },
  });
  assert.deepEqual(
    asked.map(({ name, body }) => [name, body]),
    [['question', { text: 'Is it complete?' }]],
  );

  await say('away', 4);
  await using offer = await connect(card, { home: home.path });
  const purchase = await offer.purchase();
  purchase!.on('message', ({ body }) => void heard.push(body));
  await say('again', 5);
  await until(() => heard.includes(5), 'what is new is heard');
  assert.deepEqual(heard, [0, 1, { added: ['snow'] }, 2, 3, 4, 5]);
});
