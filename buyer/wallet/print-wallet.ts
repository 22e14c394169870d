import type { Payable, PayOutcome, Wallet } from './wallet.ts';

/** A wallet that is somebody with a phone: it shows the invoice and leaves the paying to them. */
export class PrintWallet implements Wallet {
  readonly #show: (payable: Payable) => Promise<void>;

  constructor(show: (payable: Payable) => Promise<void>) {
    this.#show = show;
  }

  async pay(payable: Payable): Promise<PayOutcome> {
    await this.#show(payable);
    return { state: 'shown' };
  }
}
