/** What a wallet said of a payment. One with an unknown end must not be paid again. */
export type Paid = 'paid' | 'unknown' | { failed: string };
