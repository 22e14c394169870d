import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { balanceMsat, listHeld } from '../support/hold.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { type ShopListing, until } from '../support/shop.ts';
import { dazaar } from './cli.ts';

const NOT_PAID = 7;

describe('dazaar buy, where payments are held,', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    listing = await listHeld(market);
  });
  after(() => market[Symbol.asyncDispose]());

  const buy = (home: string, ...more: string[]) =>
    dazaar(['buy', listing.slug, '--plan', 'minute', ...more], {
      home: join(market.dir, home),
      market: market.server.url,
      env: { DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox') },
    });

  it('says that the payment is held, and ends with access', async () => {
    const { code, stdout, stderr } = await buy('one');
    assert.equal(code, 0, stderr);
    assert.match(stdout + stderr, /held until a seeder lets you in/);
    assert.match(stdout, /You have access until/);
  });

  it('says that nothing was charged when no seeder is there, and does not call it the wallet’s fault', async () => {
    await market.seeder.stop();
    const balance = await balanceMsat(market);
    const buying = buy('two', '--json');
    const held = { state: 'held' } as const;
    await until(async () => (await market.db.prisma.invoice.count({ where: held })) === 1, 60_000);
    const data = { holdEndsAt: new Date() };
    await market.db.prisma.invoice.updateMany({ where: held, data });
    const { code, stdout, stderr } = await buying;
    assert.equal(code, NOT_PAID, stdout + stderr);
    assert.match(stdout + stderr, /"undelivered"/);
    assert.equal(await balanceMsat(market), balance);
  });
});
