import { z } from 'zod';

export const health = z.object({ ok: z.literal(true) });

export const readiness = z.object({
  ok: z.boolean().meta({
    description:
      'Whether to send requests here: it needs `database` and `migrations`, and not to be `draining`.',
  }),
  draining: z.boolean().meta({
    description: 'This process is about to end, and answers on until then: send it nothing new.',
  }),
  parts: z
    .object({
      database: z.boolean().meta({ description: 'Postgres answers.' }),
      migrations: z.boolean().meta({ description: 'Its schema is the one of this version.' }),
      queue: z.boolean().meta({
        description:
          'Where jobs lie and limits are counted answers. Without it, paid orders may be granted later.',
      }),
      node: z.boolean().meta({
        description:
          'The Lightning node answers and knows the chain as it is. Without it, nothing can be ordered.',
      }),
      seeder: z.boolean().meta({
        description: 'A seeder is up and knows the grants. Without it, nothing can be downloaded.',
      }),
    })
    .meta({ description: 'By part: whether it is there.' }),
});
