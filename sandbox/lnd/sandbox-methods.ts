import type { Chain } from '../chain/chain.ts';
import type { Payment } from '../store/payment-table.ts';
import type { Payments } from '../wallet/payments.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import { integer } from './parse.ts';

const MAX_BLOCKS = 1_000;
const OFF_FEE_LIMIT_MSAT = 10n ** 9n;
const OFF_TIMEOUT_MS = 60_000;

/** The sandbox's own service: what tests need and LND does not offer. */
export function sandboxMethods(payments: Payments, chain: Chain, pumped: () => Promise<void>) {
  return {
    PayOff(request: { payment_request: string; amt_msat: string }) {
      const hash = payments.pay({
        request: request.payment_request,
        amountMsat: integer(request.amt_msat),
        feeLimitMsat: OFF_FEE_LIMIT_MSAT,
        timeoutMs: OFF_TIMEOUT_MS,
        isOffAmount: true,
      });
      return outcome(payments, hash);
    },

    async Mine(request: { blocks: number }) {
      if (request.blocks > MAX_BLOCKS) {
        throw new Refusal(CODE.invalidArgument, `at most ${MAX_BLOCKS} blocks at once`);
      }
      // Each block in a pump of its own: nodes must answer one before they see the next.
      for (let mined = 0; mined < request.blocks; mined++) {
        chain.mine();
        await pumped();
      }
      return { block_height: chain.height };
    },
  };
}

function outcome(payments: Payments, hash: string): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = payments.bell.on(hash, () => {
      const payment = payments.table.byHash(hash) as Payment;
      if (payment.status !== 'succeeded' && payment.status !== 'failed') return;
      stop();
      resolve({
        status: payment.status.toUpperCase(),
        failure_reason: payment.failure ?? '',
        preimage: Buffer.from(payment.preimage ?? '', 'hex'),
      });
    });
  });
}
