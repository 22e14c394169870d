import { createRequire } from 'node:module';
import type * as lightning from 'lightning';

type Used = 'authenticatedLndGrpc' | 'getPayment' | 'subscribeToPayViaRequest';

type LnService = Pick<typeof lightning, Used> & {
  parsePaymentRequest(args: { request: string }): unknown;
};

/** ln-service ships no types of its own; those of the package beneath it fit. */
export const lnService: LnService = createRequire(import.meta.url)('ln-service');

/** The error that ln-service's methods reject with: `[status, name, details]`. */
export function lnFault(error: unknown): { status: number; name: string } {
  if (Array.isArray(error) && typeof error[0] === 'number') {
    return { status: error[0], name: String(error[1]) };
  }
  return { status: 0, name: error instanceof Error ? error.message : String(error) };
}
