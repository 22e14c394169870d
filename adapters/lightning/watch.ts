import { type AuthenticatedLnd, subscribeToInvoices } from 'ln-service';
import type { SettledInvoice } from '../../ports/lightning.ts';
import { asError } from './failure.ts';
import { whileAnswering } from './heartbeat.ts';
import { asSettled, type LndInvoice } from './invoice.ts';

const MAX_BATCH = 32;

/**
 * One subscription, for as long as it holds. ln-service would restart it by itself, but from an index that an added
 * invoice has reset: so the first sign of trouble ends it, and whoever called subscribes again from their own cursor.
 */
export async function watchSettled(
  lnd: AuthenticatedLnd,
  settleIndex: bigint,
  onSettled: (invoices: SettledInvoice[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const events = subscribeToInvoices({ lnd, confirmed_after: Number(settleIndex) });
  const pending: SettledInvoice[] = [];
  let wake = () => {};
  let failure: Error | undefined;

  const fail = (error: unknown) => {
    failure ??= asError(error ?? new Error('the node ended the stream'), 'watch settlements');
    wake();
  };
  events.on('invoice_updated', (invoice: LndInvoice) => {
    if (!invoice.is_confirmed) return;
    pending.push(asSettled(invoice));
    wake();
  });
  events.on('error', fail);
  events.on('end', () => fail(undefined));
  const stopAsking = whileAnswering(lnd, fail);
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);

  try {
    while (!signal.aborted) {
      if (pending.length > 0) await onSettled(pending.splice(0, MAX_BATCH));
      else if (failure) throw failure;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stopAsking();
    signal.removeEventListener('abort', onAbort);
    // Removing the listeners ends the subscription; what it still says on its way out is nobody's business.
    events.removeAllListeners();
    events.on('error', () => {});
  }
}
