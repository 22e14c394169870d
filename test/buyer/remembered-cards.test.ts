import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Card, openBuyer } from '../../buyer/index.ts';
import { marketPaths } from '../../buyer/sdk/buyer-home.ts';
import { findBought } from '../../buyer/sdk/find-bought.ts';
import { rememberPurchase } from '../../buyer/sdk/purchase-record.ts';
import { checkCard } from '../../buyer/sdk/read-card.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { signCard } from '../../protocol/sign-card.ts';
import vector from '../protocol/vectors/card.json' with { type: 'json' };
import { temporaryDirectory } from '../seeder/loopback.ts';

/** The card of a listing, as a market of a later version may write it. */
function cardOf(market: number, feedId = vector.card.dazaar.feedId): Card {
  const { signing } = marketKeys(Buffer.alloc(32, market));
  const { signature: _, marketKey: __, ...dazaar } = vector.card.dazaar;
  const card = { ...vector.card, dazaar: { ...dazaar, feedId, later: { known: false } } };
  return signCard(card as unknown as Card, signing);
}

test('a card with members that this version does not know is remembered as it was signed', async () => {
  await using home = await temporaryDirectory();
  const card = checkCard(cardOf(1), 'a card');
  await rememberPurchase(marketPaths(home.path, card.dazaar.marketKey).purchases, card);
  await using buyer = await openBuyer({ home: home.path, bootstrap: BOOTSTRAP });
  const offer = await findBought(buyer, card.id);
  assert.deepEqual(offer?.card, cardOf(1));
});

test('a card whose words would be commands in a shell is none', () => {
  const { signing } = marketKeys(Buffer.alloc(32, 1));
  const { signature: _, marketKey: __, ...dazaar } = vector.card.dazaar;
  const evil = [
    { plans: ['hour; rm -rf ~'] },
    { listing: 'https://market.example/v1/listings/tides;rm' },
    { listing: 'https://market.example/v1/listings/$(rm)' },
    { market: 'https://market.example/?`rm`' },
  ];
  for (const words of evil) {
    const card = { ...vector.card, dazaar: { ...dazaar, ...words } } as unknown as Card;
    assert.throws(() => checkCard(signCard(card, signing), 'it'), { code: 'no-card' });
  }
});

test('a name that two markets gave is refused, and an id is not', async () => {
  await using home = await temporaryDirectory();
  for (const card of [cardOf(1), cardOf(2, OTHER_ID)]) {
    await rememberPurchase(marketPaths(home.path, card.dazaar.marketKey).purchases, card);
  }
  await using buyer = await openBuyer({ home: home.path, bootstrap: BOOTSTRAP });
  const name = cardOf(1).dazaar.listing.split('/').at(-1)!;
  await assert.rejects(findBought(buyer, name), /2 feeds that you bought are called/);
  const offer = await findBought(buyer, OTHER_ID);
  assert.equal(offer?.card.dazaar.feedId, OTHER_ID);
});

const OTHER_ID = '0192f000-0000-7000-8000-00000000000f';
const BOOTSTRAP = [{ host: '127.0.0.1', port: 9 }];
