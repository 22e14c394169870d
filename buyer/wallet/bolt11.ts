import { z } from 'zod';
import { lnService } from './ln-service.ts';

const decoded = z.object({
  id: z.string(),
  mtokens: z.string().default('0'),
  network: z.string(),
  destination: z.string(),
  expires_at: z.iso.datetime(),
});

/** What a BOLT11 invoice says, its signature checked. `amountMsat` is null when it leaves the amount open. */
export interface Bolt11 {
  paymentHash: string;
  amountMsat: bigint | null;
  network: string;
  /** The public key of the node that is paid. */
  destination: string;
  expiresAtMs: number;
}

/** Decodes a BOLT11 invoice; null when it is not one. */
export function decodeBolt11(request: string): Bolt11 | null {
  const parsed = decoded.safeParse(parse(request));
  if (!parsed.success) return null;
  const { id, mtokens, network, destination, expires_at } = parsed.data;
  return {
    paymentHash: id,
    // ln-service reads an open amount as 0.
    amountMsat: mtokens === '0' ? null : BigInt(mtokens),
    network,
    destination,
    expiresAtMs: Date.parse(expires_at),
  };
}

function parse(request: string): unknown {
  try {
    return lnService.parsePaymentRequest({ request });
  } catch {
    return null;
  }
}
