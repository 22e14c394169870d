import { z } from 'zod';
import { planName } from './plan.ts';
import { msat, slug } from './primitives.ts';

const day = z.iso.date().meta({ description: 'UTC.', example: '2026-11-22' });

export const analyticsQuery = z.object({
  listing: slug.optional().meta({ description: 'One listing only; all of them if left out.' }),
  from: day
    .optional()
    .meta({ description: 'The first day, UTC; 29 days before `to` if left out.' }),
  to: day.optional().meta({ description: 'The last day, UTC; today if left out.' }),
});

const range = { from: day, to: day };

export const funnel = z.object({
  ...range,
  days: z.array(
    z.object({
      day,
      views: z.int().meta({ description: 'Visitors of the listings’ pages, each once a day.' }),
      orders: z.int().meta({ description: 'Orders placed that day.' }),
      paid: z.int().meta({ description: 'Orders paid that day, free ones too.' }),
    }),
  ),
});

const money = {
  payments: z.int(),
  grossMsat: msat.meta({ description: 'What was paid for orders.' }),
  commissionMsat: msat,
  netMsat: msat.meta({ description: 'Yours: gross less commission.' }),
  refundableMsat: msat.meta({ description: 'What came in besides, and is owed back to buyers.' }),
};

export const revenue = z.object({
  ...range,
  total: z.object(money),
  days: z.array(
    z.object({
      day,
      ...money,
      plans: z.array(z.object({ listing: slug, plan: planName, ...money })),
    }),
  ),
});

export const grantHistory = z.object({
  ...range,
  days: z.array(
    z.object({
      day,
      active: z.int().meta({ description: 'Live at the end of the day, or now for today.' }),
      issued: z.int().meta({ description: 'Begun that day, after none or an ended one.' }),
    }),
  ),
});

export const usage = z.object({
  ...range,
  days: z.array(
    z.object({
      day,
      served: z.array(
        z.object({
          listing: slug,
          transport: z.enum(['swarm', 'http']),
          buyers: z.int(),
          blocks: z.int(),
          bytes: z.int(),
        }),
      ),
    }),
  ),
});
