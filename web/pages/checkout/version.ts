import type { Order } from '../../../contract/index.ts';

/** Differs whenever the checkout of an order has something else to show. For pages, and for scripts that watch. */
export function versionOf({ state, invoice, payments, refundableMsat, grant }: Order): string {
  const parts = [
    state,
    invoice?.state ?? 'none',
    payments.length,
    refundableMsat,
    grant?.state ?? 'none',
    grant?.expiresAtMs ?? 'ever',
  ];
  return parts.join(' ');
}
