import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type AuthenticatedLnd, settleHodlInvoice } from 'ln-service';
import { isRefusal } from '../../domain/refusal.ts';
import { readBalance } from '../../flow/read-payouts.ts';
import { requestWithdrawal } from '../../flow/request-payout.ts';
import { settle } from '../../workers/settle.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { heldInvoiceOf, openPayee } from '../support/payee.ts';
import { startProgram } from '../support/process.ts';
import { listFeed, pay, placeOrder, until } from '../support/shop.ts';

const ROUNDS = 2;
const AMOUNT_MSAT = 50_000n;

describe('a worker that is killed while it pays out', () => {
  let market: TestMarket;
  let payee: AuthenticatedLnd;
  before(async () => {
    market = await startMarket({ workers: false });
    payee = openPayee(market.sandbox.nodes.buyer);
    const plans = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '1000000' }];
    const { slug } = await listFeed(market, [], plans);
    const order = await placeOrder(market, slug);
    await pay(connect(market.sandbox.nodes.buyer), order);
    await settle(market.deps, order.invoice!.paymentHash);
  });
  after(() => market[Symbol.asyncDispose]());

  it('A19 leaves a payout that the next one resolves by its hash; it is paid once', async () => {
    const { availableMsat: before } = await readBalance(market.db.prisma, market.sellerId);
    let feesMsat = 0n;
    for (let round = 0; round < ROUNDS; round++) {
      const { bolt11, id: paymentHash, secret } = await heldInvoiceOf(payee, AMOUNT_MSAT);
      await using first = await startProgram(market, 'workers/main.ts');
      const id = await withdraw(bolt11);
      await until(async () => (await tracked(paymentHash)) === 'pending');
      await first.kill('SIGKILL');
      if (round % 2 === 1) await settleHodlInvoice({ lnd: payee, secret });
      await using _second = await startProgram(market, 'workers/main.ts');
      if (round % 2 === 0) await settleHodlInvoice({ lnd: payee, secret });
      await until(async () => (await read(id)).state === 'paid');
      feesMsat += (await read(id)).feeMsat!;
    }
    const { availableMsat, lockedMsat } = await readBalance(market.db.prisma, market.sellerId);
    assert.equal(lockedMsat, 0n);
    assert.equal(availableMsat, before - BigInt(ROUNDS) * AMOUNT_MSAT - feesMsat);
    await checkInvariants(market.db.prisma, market.lightning);
  });

  async function withdraw(bolt11: string): Promise<string> {
    const asked = await requestWithdrawal({ ...market.deps, chain: 'regtest' }, market.sellerId, {
      bolt11,
      maxFeeMsat: null,
      idempotency: {
        scope: 'test',
        key: randomBytes(8).toString('hex'),
        requestHash: Uint8Array.from(randomBytes(32)),
      },
    });
    assert.ok(!isRefusal(asked));
    return asked.id;
  }

  async function tracked(paymentHash: string): Promise<string> {
    return (await market.lightning.track(Buffer.from(paymentHash, 'hex'))).state;
  }

  function read(id: string) {
    return market.db.prisma.payout.findUniqueOrThrow({ where: { id } });
  }
});
