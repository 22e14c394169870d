import {
  type AuthenticatedLnd,
  getPayment,
  parsePaymentRequest,
  subscribeToPayViaRequest,
} from 'ln-service';
import type { PaymentResult, PayRequest, ReadInvoice } from '../../ports/lightning.ts';
import { asError, nodeAnswer } from './failure.ts';
import { withTimeout } from './timeout.ts';

/** How long after the time for finding a route the node may stay silent before its record is read instead. */
const SILENCE_MS = 10_000;

/** See {@link ReadInvoice}: what a BOLT11 invoice says. */
export function readInvoice(bolt11: string): ReadInvoice | null {
  try {
    const read = parsePaymentRequest({ request: bolt11 });
    return {
      paymentHash: Buffer.from(read.id, 'hex'),
      amountMsat: read.mtokens === undefined || read.mtokens === '0' ? null : BigInt(read.mtokens),
      chain: read.network,
      destination: read.destination,
      description: read.description ?? '',
      expiresAtMs: Date.parse(read.expires_at),
    };
  } catch {
    return null;
  }
}

/**
 * Pays over a stream: ln-service's own promise calls back twice when a connection breaks, and throws where nobody can
 * catch it. Whatever ends without a definite word is looked up by its hash.
 */
export async function pay(lnd: AuthenticatedLnd, request: PayRequest): Promise<PaymentResult> {
  const { bolt11, maxFeeMsat, timeoutMs } = request;
  const invoice = readInvoice(bolt11);
  if (!invoice) return { state: 'failed', reason: 'not-an-invoice' };
  const told = await new Promise<PaymentResult | null>((resolve) => {
    const events = subscribeToPayViaRequest({
      lnd,
      request: bolt11,
      max_fee_mtokens: maxFeeMsat.toString(),
      pathfinding_timeout: timeoutMs,
    });
    const end = (result: PaymentResult | null) => {
      clearTimeout(silence);
      events.removeAllListeners();
      resolve(result);
    };
    const silence = setTimeout(end, timeoutMs + SILENCE_MS, null);
    events.on('confirmed', ({ secret, fee_mtokens }) =>
      end({
        state: 'succeeded',
        preimage: Buffer.from(secret, 'hex'),
        feeMsat: BigInt(fee_mtokens),
      }),
    );
    events.on('failed', (failed) => end({ state: 'failed', reason: failureReason(failed) }));
    events.on('error', (error) => end(refusedBeforeSending(error)));
  });
  return told ?? track(lnd, invoice.paymentHash);
}

export async function track(
  lnd: AuthenticatedLnd,
  paymentHash: Uint8Array,
): Promise<PaymentResult> {
  try {
    const id = Buffer.from(paymentHash).toString('hex');
    const found = await withTimeout('track', getPayment({ lnd, id }));
    if (found.payment) {
      return {
        state: 'succeeded',
        preimage: Buffer.from(found.payment.secret, 'hex'),
        feeMsat: BigInt(found.payment.fee_mtokens),
      };
    }
    if (found.is_failed) return { state: 'failed', reason: failureReason(found.failed ?? {}) };
    return { state: 'pending' };
  } catch (error) {
    if (nodeAnswer(error).includes('sentpaymentnotfound')) return { state: 'unknown' };
    throw asError(error, 'track a payment');
  }
}

// What ln-service itself refuses never reached the node.
function refusedBeforeSending(error: unknown): PaymentResult | null {
  const [code, name] = error as [number, string];
  return code === 400 || code === 501 ? { state: 'failed', reason: name } : null;
}

function failureReason(failed: object): string {
  const reasons = Object.entries(failed).filter(
    ([name, value]) => name.startsWith('is_') && value === true,
  );
  return (
    reasons.map(([name]) => name.replace(/^is_/, '').replaceAll('_', '-')).join(', ') || 'failed'
  );
}
