import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createInvoice } from 'ln-service';
import { judgeMoney } from '../../chaos/judge/money.ts';
import type { Stand } from '../../chaos/stand.ts';
import { Wallet } from '../../chaos/wallet.ts';
import { Witness } from '../../chaos/witness.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { openPayee } from '../support/payee.ts';
import { listFeed, placeOrder, readOrder, until } from '../support/shop.ts';

describe('the judge of a chaos run', () => {
  let market: TestMarket;
  let wallet: Wallet;
  before(async () => {
    market = await startMarket();
    const { nodes, restart } = market.sandbox;
    const { slug } = await listFeed(market, [{ n: 0 }]);
    wallet = new Wallet({
      network: 'sandbox',
      nodes,
      restart,
      [Symbol.asyncDispose]: async () => {},
    });
    const order = await placeOrder(market, slug);
    assert.equal((await wallet.pay(order.invoice!.bolt11)).outcome, 'succeeded');
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
  });
  after(() => market[Symbol.asyncDispose]());

  async function found(): Promise<string[]> {
    const witness = new Witness();
    await judgeMoney({ db: market.db, wallet, witness } as unknown as Stand);
    return witness.violations.map(({ rule, kind }) => `${rule} ${kind}`);
  }

  it('finds nothing where all is well', async () => {
    assert.deepEqual(await found(), []);
  });

  it('finds time that was given twice, and time that was not given', async () => {
    const move = (ms: number) =>
      market.db.prisma
        .$executeRaw`UPDATE grants SET expires_at = expires_at + ${ms} * interval '1 ms'`;
    await move(60_000);
    assert.deepEqual(await found(), ['I2 double']);
    await move(-90_000);
    assert.deepEqual(await found(), ['I2 loss']);
    await move(30_000);
  });

  it('finds a payment that the market has for no order', async () => {
    const lnd = openPayee(market.sandbox.nodes.market);
    const { request } = await createInvoice({
      lnd,
      mtokens: '4000',
      is_including_private_channels: true,
    });
    assert.equal((await wallet.pay(request)).outcome, 'succeeded');
    assert.deepEqual(await found(), ['I4 loss']);
  });
});
