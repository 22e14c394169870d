import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { market as marketShape, problem as problemShape } from '../../contract/index.ts';
import { doTrialWork } from '../../protocol/trial-work.ts';
import { dazaar } from '../buyer/cli.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';

const BITS = 12;
const PLANS = [{ name: 'taste', kind: 'trial', periodMs: 3_600_000 }];

describe('a trial', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false, trialWorkBits: BITS });
    listing = await listFeed(market, [{ n: 1 }], PLANS);
  });
  after(() => market[Symbol.asyncDispose]());

  const order = (buyerKey: string, work?: string) =>
    fetch(`${market.server.url}/v1/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomBytes(16).toString('hex'),
      },
      body: JSON.stringify({ listing: listing.slug, plan: 'taste', buyerKey, work }),
    });
  const newKey = () => randomBytes(32).toString('hex');
  const refused = async (answer: Response, code: string) => {
    const problem = problemShape.parse(await answer.json());
    assert.equal(problem.code, code);
    return problem;
  };

  it('takes work for this feed and key, and says how much', async () => {
    const answer = await fetch(`${market.server.url}/v1/market`);
    assert.equal(marketShape.parse(await answer.json()).trialWorkBits, BITS);
    const buyerKey = newKey();
    const { feedId } = listing;
    const problem = await refused(await order(buyerKey), 'trial-work-missing');
    assert.deepEqual([problem.status, problem.workBits], [422, BITS]);
    const asked = { feedId, buyerKey };
    const work = (await doTrialWork(asked, BITS))!;
    await refused(await order(buyerKey, `${work}0`), 'trial-work-missing');
    await refused(await order(newKey(), work), 'trial-work-missing');
    assert.equal((await order(buyerKey, work)).status, 201);
    await refused(await order(buyerKey, work), 'trial-used');
  });

  it('is worked for by the command line', async () => {
    const options = { home: join(market.dir, 'home'), market: market.server.url };
    const bought = await dazaar(
      ['buy', listing.slug, '--plan', 'taste', '--wallet', 'print'],
      options,
    );
    assert.equal(bought.code, 0, bought.stderr);
  });
});
