/** Lightning's smallest unit, a thousandth of a satoshi. Amounts are never floating point. */
export type Msat = bigint;

/** The part of an amount, in basis points of 1/10,000, rounded down: whoever takes the part never takes too much. */
export function partDown(amountMsat: Msat, basisPoints: number): Msat {
  if (amountMsat < 0n) throw new RangeError(`amount ${amountMsat} is negative`);
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints > 10_000) {
    throw new RangeError(`${basisPoints} is not a whole number of basis points from 0 to 10000`);
  }
  return (amountMsat * BigInt(basisPoints)) / 10_000n;
}
