import type { SettledInvoice } from '../../ports/lightning.ts';

/** The part of ln-service's invoice that we read; its own declarations leave `confirmed_index` out. */
export interface LndInvoice {
  id: string;
  is_confirmed: boolean;
  is_held?: boolean;
  is_canceled?: boolean;
  received_mtokens: string;
  confirmed_at?: string;
  confirmed_index?: number;
}

export function asSettled(invoice: LndInvoice): SettledInvoice {
  return {
    paymentHash: Buffer.from(invoice.id, 'hex'),
    receivedMsat: BigInt(invoice.received_mtokens),
    settleIndex: BigInt(invoice.confirmed_index ?? 0),
    settledAtMs: Date.parse(invoice.confirmed_at ?? '') || Date.now(),
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
