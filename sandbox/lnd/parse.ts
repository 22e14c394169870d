import { CODE, Refusal } from '../wallet/refusal.ts';

// What SQLite and JavaScript count exactly; more than any channel carries.
const MAX_MSAT = 10n ** 15n;

/** An int64 of the wire, which proto-loader hands over as a string. */
export function integer(value: string | undefined): bigint {
  return BigInt(value || '0');
}

/** A count or index of the wire; larger ones than JavaScript counts are refused. */
export function count(value: string | undefined): number {
  const number = Number(value || '0');
  if (!Number.isSafeInteger(number)) throw new Refusal(CODE.invalidArgument, 'number is too large');
  return number;
}

/** An amount given in sats or in msat, never in both (LND's lnrpc.UnmarshallAmt). */
export function amountMsat(sats: string | undefined, msat: string | undefined): bigint {
  const [fromSats, fromMsat] = [integer(sats), integer(msat)];
  if (fromSats !== 0n && fromMsat !== 0n) {
    throw new Refusal(CODE.unknown, 'sat and msat arguments are mutually exclusive');
  }
  const total = fromMsat || fromSats * 1000n;
  if (total < 0n) throw new Refusal(CODE.unknown, 'amounts cannot be negative');
  return total;
}

/** The most fee allowed, where clients say "any" with the largest number they know. */
export function feeLimitMsat(sats: string | undefined, msat: string | undefined): bigint {
  const limit = amountMsat(sats, msat);
  return limit > MAX_MSAT ? MAX_MSAT : limit;
}

export function hashHex(bytes: Uint8Array | undefined): string {
  if (bytes?.length !== 32) {
    throw new Refusal(CODE.invalidArgument, 'payment hash must be 32 bytes');
  }
  return Buffer.from(bytes).toString('hex');
}
