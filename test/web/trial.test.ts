import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { isTrialWork } from '../../protocol/trial-work.ts';
import { trialWork } from '../../web/islands/parts/trial-work.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';

const BITS = 10;
const PLANS = [
  { name: 'taste', kind: 'trial', periodMs: 3_600_000 },
  { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' },
];

describe('a trial on the website', async () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    const limits = { trials: { amount: 3, windowSeconds: 86_400 } };
    market = await startMarket({ workers: false, trialWorkBits: BITS, limits });
    listing = await listFeed(market, [{ n: 1 }], PLANS);
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  const order = async (javaScript: boolean, holder: 'key' | 'claim' = 'key') => {
    const buyerKey = randomBytes(32).toString('hex');
    await using somebody = await visitor({ origin: market.server.url, javaScript });
    const { page, complaints } = somebody;
    await page.goto(`/listings/${listing.slug}/buy?plan=taste`);
    assert.match(await page.locator('#trial-work').innerText(), /some seconds of work/);
    await page.check(`input[name="holder"][value="${holder}"]`);
    if (holder === 'key') await page.fill('input[name="buyerKey"]', buyerKey);
    await page.click('#order');
    await page.waitForSelector('[role="alert"], h1:not(:text("Order access"))');
    assert.deepEqual(
      complaints.filter((text) => !text.includes('422')),
      [],
    );
    const claimCodes = await page.locator('.claim-code').count();
    return { url: page.url(), text: await page.locator('main').innerText(), claimCodes };
  };

  const skip = await browserMissing();
  it('is worked for by a browser with scripts, as often as one likes', { skip }, async () => {
    for (let i = 0; i < 5; i++) assert.match((await order(true)).url, /\/orders\//);
  });

  it('is given to a browser without scripts a few times a day', { skip }, async () => {
    for (let i = 0; i < 2; i++) assert.match((await order(false)).url, /\/orders\//);
    const claimed = await order(true, 'claim');
    assert.match(claimed.url, /\/orders\//, 'no key is needed');
    assert.equal(claimed.claimCodes, 1);
    const refused = await order(false);
    assert.match(refused.url, /\/buy/);
    assert.match(refused.text, /Allow scripts for this page, or come back tomorrow/);
    const unkeyed = await order(true, 'claim');
    assert.match(unkeyed.text, /Choose a key to work for, or come back tomorrow/);
  });

  it('is worked for in the browser as the market checks it', async () => {
    const asked = { feedId: listing.feedId, buyerKey: randomBytes(32).toString('hex') };
    const work = await trialWork(asked.feedId, asked.buyerKey, 12);
    assert.ok(isTrialWork(asked, work, 12));
  });
});
