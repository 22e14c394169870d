import { z } from 'zod';

/** RFC 9457 problem document, sent as `application/problem+json`. `code` is stable. */
export const problem = z.object({
  type: z.string().meta({ description: '`urn:dazaar:problem:` and the code.' }),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional().meta({ description: 'What was wrong this time, for people.' }),
  instance: z.string().optional().meta({ description: '`urn:uuid:` or so and the Request-Id.' }),
  workBits: z.int().optional().meta({
    description:
      'Of `trial-work-missing`: 2 to the power of it are the hashes that it takes on average.',
  }),
  errors: z
    .array(
      z.object({
        in: z.enum(['body', 'query', 'path', 'header']),
        pointer: z.string().meta({
          description: 'A JSON Pointer as a URI fragment; its first step names a parameter.',
          example: '#/plans/0/priceMsat',
        }),
        detail: z.string(),
      }),
    )
    .optional()
    .meta({ description: 'Each fault of the input.' }),
});
export type Problem = z.infer<typeof problem>;
