import { CODE, Refusal } from './refusal.ts';

const MAX_EXPIRY_S = 365 * 86_400;
// LND's and LDK's alike; LDK adds three blocks of its own.
const MIN_CLTV_DELTA = 24;
const MAX_CLTV_DELTA = 2016;
const MAX_MEMO_BYTES = 639;
const MAX_VALUE_MSAT = 10n ** 15n;
const MSAT_PER_COIN = 1e11;

/** What AddInvoice and AddHoldInvoice ask for; 0 where the node is to choose. */
export interface InvoiceRequest {
  memo: string;
  preimage: Uint8Array | null;
  /** Given for a hold invoice: whoever adds it keeps the preimage. */
  holdHash: Uint8Array | null;
  descriptionHash: Uint8Array;
  valueMsat: bigint;
  expiryS: number;
  cltvDelta: number;
  isPrivate: boolean;
}

/** Refuses terms that LND would not make an invoice of, in its words. */
export function checkTerms(request: InvoiceRequest): void {
  const { memo, valueMsat, expiryS, cltvDelta, descriptionHash, preimage, holdHash } = request;
  const memoBytes = Buffer.byteLength(memo);
  if (memoBytes > MAX_MEMO_BYTES) {
    refuse(`memo too large: ${memoBytes} bytes (maxsize=${MAX_MEMO_BYTES})`);
  }
  if (valueMsat < 0n) refuse(`payments of negative value are not allowed, value is ${valueMsat}`);
  if (valueMsat > MAX_VALUE_MSAT) {
    refuse(`invoice amount ${coins(valueMsat)} is too large, max is ${coins(MAX_VALUE_MSAT)}`);
  }
  if (expiryS < 0) refuse('expiry cannot be negative');
  if (expiryS > MAX_EXPIRY_S) {
    refuse(`expiry of ${expiryS} seconds greater than max expiry of ${MAX_EXPIRY_S} seconds`);
  }
  if (cltvDelta > MAX_CLTV_DELTA) {
    refuse(`CLTV delta of ${cltvDelta} is too large, max accepted is: ${MAX_CLTV_DELTA}`);
  }
  if (cltvDelta !== 0 && cltvDelta < MIN_CLTV_DELTA) {
    refuse(`CLTV delta of ${cltvDelta} must be greater than minimum of ${MIN_CLTV_DELTA}`);
  }
  if (![0, 32].includes(descriptionHash.length)) {
    refuse(`description hash is ${descriptionHash.length} bytes, must be 32`);
  }
  if (preimage && preimage.length !== 32) refuse('preimage is not 32 bytes');
  if (holdHash && holdHash.length !== 32) refuse('payment hash is not 32 bytes');
}

function refuse(details: string): never {
  throw new Refusal(CODE.unknown, details);
}

function coins(msat: bigint): string {
  return `${Number(msat) / MSAT_PER_COIN} BTC`;
}
