import { type AuthenticatedLnd, settleHodlInvoice, subscribeToInvoice } from 'ln-service';
import { asError, nodeAnswer } from './failure.ts';
import { whileAnswering } from './heartbeat.ts';
import { hex, type LndInvoice } from './invoice.ts';
import { withTimeout } from './timeout.ts';

// How LND and ln-service say that nothing is held, not yet or no more.
const NOTHING_HELD =
  /cannotsettlehtlcbeforehtlcreceived|secretdoesnotmatch|already (settled|cancell?ed)|unable to locate invoice|htlc is gone/;

/** See {@link Lightning.settleHeld}. */
export async function settleHeld(lnd: AuthenticatedLnd, preimage: Uint8Array): Promise<void> {
  try {
    await withTimeout('settle', settleHodlInvoice({ lnd, secret: hex(preimage) }));
  } catch (error) {
    if (!NOTHING_HELD.test(nodeAnswer(error))) throw asError(error, 'settle a held payment');
  }
}

/** See {@link Lightning.untilArrived}: one subscription, which is gone when this is over. */
export async function untilArrived(
  lnd: AuthenticatedLnd,
  paymentHash: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const events = subscribeToInvoice({ lnd, id: hex(paymentHash) });
  const over = Promise.withResolvers<void>();
  const fail = (error: unknown) => over.reject(asError(error, 'watch an invoice'));
  const onAbort = () => over.resolve();
  events.on('invoice_updated', (invoice: LndInvoice) => {
    if (invoice.is_held || invoice.is_confirmed || invoice.is_canceled) over.resolve();
  });
  events.on('error', fail);
  events.on('end', () => fail(new Error('the node ended the stream')));
  const stopAsking = whileAnswering(lnd, fail);
  signal.addEventListener('abort', onAbort);
  try {
    await over.promise;
  } finally {
    stopAsking();
    signal.removeEventListener('abort', onAbort);
    // Removing the listeners ends the subscription; what it still says on its way out is nobody's business.
    events.removeAllListeners();
    events.on('error', () => {});
  }
}
