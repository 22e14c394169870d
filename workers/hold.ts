import type { FlowDeps } from '../flow/deps.ts';
import { endHold } from '../flow/end-hold.ts';
import { holdPayment } from '../flow/hold-payment.ts';

/** Job: records that the payment of a hold invoice has arrived, if the node says so now. */
export async function hold(deps: FlowDeps, holdMs: number, paymentHashHex: string): Promise<void> {
  await holdPayment(deps, holdMs, bytesOf(paymentHashHex));
}

/** Job: takes a held payment or gives it back, when it is time for either. */
export async function endHoldJob(deps: FlowDeps, paymentHashHex: string): Promise<void> {
  await endHold(deps, bytesOf(paymentHashHex));
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
