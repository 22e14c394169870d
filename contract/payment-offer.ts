import { z } from 'zod';
import { planKind, planName } from './plan.ts';
import { hex32, msat, slug, uuid } from './primitives.ts';

/** What the problem document of `payment-required` has besides (RFC 9457, section 3.2). */
export const paymentOffer = z.object({
  orderId: uuid.optional().meta({
    description:
      'The order that the challenge is for; none without a challenge. Whoever pays too late asks by it for his money back.',
  }),
  paidOrderId: uuid.optional().meta({
    description: 'The order that the macaroon and preimage of the request were paid for.',
  }),
  listing: slug,
  market: z.url().meta({ description: 'Where the plans can be bought otherwise.' }),
  termsHash: hex32.nullable().meta({ description: 'Of the terms of use in force.' }),
  plans: z.array(
    z.object({
      name: planName,
      kind: planKind,
      priceMsat: msat.nullable().meta({ description: 'null when the price is in a currency.' }),
      currency: z.string().nullable(),
      priceMinor: z.string().nullable(),
      periodMs: z.int().positive().nullable(),
    }),
  ),
});
export type PaymentOffer = z.infer<typeof paymentOffer>;
