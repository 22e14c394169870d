import { z } from 'zod';
import { hex32, msat, signedMsat, timeMs, uuid } from './primitives.ts';

export const newPayout = z.strictObject({
  bolt11: z
    .string()
    .regex(/^ln[a-z0-9]{20,4096}$/i, 'must be a BOLT11 invoice')
    .meta({ description: 'An invoice of a fixed amount, on the network of this market.' }),
  maxFeeMsat: msat.optional().meta({
    description:
      'The most that routing may cost. It is yours to pay: amount and limit are locked, and what the routing did not cost comes back. Default: 1 %, and 10 sat where that is less.',
  }),
});

export const payout = z.object({
  id: uuid,
  state: z
    .enum(['pending', 'paid', 'failed'])
    .meta({ description: 'Pending until the node says paid or failed; its money stays locked.' }),
  orderId: uuid.nullable().meta({ description: 'The order that it refunds; null: a withdrawal.' }),
  bolt11: z.string(),
  paymentHash: hex32,
  amountMsat: msat,
  maxFeeMsat: msat,
  feeMsat: msat.nullable().meta({ description: 'What the routing cost, once paid.' }),
  preimage: hex32.nullable().meta({ description: 'The proof of payment, once paid.' }),
  failure: z.string().nullable().meta({ description: 'Why it failed, in a word.' }),
  createdAtMs: timeMs,
  endedAtMs: timeMs.nullable(),
});
export type Payout = z.infer<typeof payout>;

export const payoutPage = z.object({
  payouts: z.array(payout),
  nextCursor: z.string().nullable(),
});

export const movement = z.object({
  kind: z.enum(['settlement', 'payout-locked', 'payout-paid', 'payout-failed']).meta({
    description:
      'A payment for an order; a payout asked for; what the routing of one did not cost; all of a failed one, back.',
  }),
  amountMsat: signedMsat.meta({ description: 'What came in, or with a minus what left.' }),
  orderId: uuid.nullable(),
  payoutId: uuid.nullable(),
  atMs: timeMs,
});
export type Movement = z.infer<typeof movement>;

export const movementPage = z.object({
  movements: z.array(movement),
  nextCursor: z.string().nullable(),
});

export const balance = z.object({
  availableMsat: msat.meta({ description: 'What can be paid out now.' }),
  lockedMsat: msat.meta({ description: 'Locked by payouts under way, fee limits included.' }),
  paidOutMsat: msat.meta({ description: 'Paid out so far.' }),
  feesMsat: msat.meta({ description: 'What the routing of payouts has cost so far.' }),
});
export type Balance = z.infer<typeof balance>;
