import { z } from 'zod';

export const health = z.object({ ok: z.literal(true) });

export const readiness = z.object({
  ok: z.boolean(),
  draining: z.boolean().meta({
    description: 'This process is about to end, and answers on until then: send it nothing new.',
  }),
  parts: z
    .object({
      database: z.boolean().meta({ description: 'Postgres answers.' }),
      migrations: z.boolean().meta({ description: 'Its schema is the one of this version.' }),
      node: z.boolean().meta({ description: 'The Lightning node answers.' }),
      seeder: z.boolean().meta({ description: 'A seeder reported itself within the last minute.' }),
    })
    .meta({ description: 'By part: whether it is there.' }),
});
