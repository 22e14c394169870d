import { type AuthenticatedLnd, getPayments } from 'ln-service';
import type { SentPayment } from '../../ports/lightning.ts';
import { ask } from './ask.ts';

const PAGE_PAYMENTS = 100;

/** See {@link Lightning.sent}. */
export async function* sentPayments(lnd: AuthenticatedLnd): AsyncIterable<SentPayment> {
  let token: string | undefined;
  do {
    const range = token ? { lnd, token } : { lnd, limit: PAGE_PAYMENTS };
    const page = await ask('list payments', () => getPayments(range));
    for (const { id, request: bolt11, mtokens, fee_mtokens, is_confirmed } of page.payments) {
      if (!is_confirmed) continue;
      yield {
        paymentHash: Buffer.from(id, 'hex'),
        bolt11: bolt11 ?? null,
        amountMsat: BigInt(mtokens),
        feeMsat: BigInt(fee_mtokens ?? 0),
      };
    }
    token = page.next;
  } while (token);
}
