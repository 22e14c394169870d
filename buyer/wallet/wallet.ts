/** An invoice that has been checked against its order. */
export interface Payable {
  bolt11: string;
  paymentHash: string;
  amountMsat: bigint;
}

/** `shown`: a human was shown the invoice; whether it is paid is for the market to say. */
export type PayOutcome =
  | { state: 'paid'; feeMsat: bigint }
  | { state: 'failed'; reason: string }
  | { state: 'pending' }
  | { state: 'shown' };

/** What pays invoices for the buyer. */
export interface Wallet {
  /** Pays once, however often it is called: a payment under way or made before is found by its hash. @throws Failure */
  pay(payable: Payable): Promise<PayOutcome>;
}
