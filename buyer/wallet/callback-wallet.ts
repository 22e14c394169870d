import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Payable, PayOutcome, Wallet } from './wallet.ts';

/**
 * Pays an invoice by whatever means the program has. It may be called again with the same invoice after a restart, which a
 * Lightning wallet pays once only. What it returns says how that went; nothing: the market will tell whether it is paid.
 */
export type PayInvoice = (payable: Payable) => Promise<PayOutcome | undefined>;

/** A wallet that is a function of the program's own. */
export class CallbackWallet implements Wallet {
  readonly #pay: PayInvoice;

  constructor(pay: PayInvoice) {
    this.#pay = pay;
  }

  async pay(payable: Payable): Promise<PayOutcome> {
    try {
      return (await this.#pay(payable)) ?? { state: 'shown' };
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure(
        EXIT.paymentPending,
        'wallet-failed',
        `the wallet failed, and does not say whether it paid: ${cause instanceof Error ? cause.message : cause}`,
        'buy again: the same order goes on, and an invoice is paid once',
      );
    }
  }
}
