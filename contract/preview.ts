import { z } from 'zod';
import { feedKind } from './listing.ts';
import { slug, timeMs } from './primitives.ts';

/** One block, entry or file that anybody may see. What is no JSON comes as base64. */
export const previewItem = z.object({
  index: z.int().optional().meta({ description: 'Of a block.' }),
  key: z.string().optional().meta({ description: 'Of an entry of a Hyperbee.' }),
  path: z.string().optional().meta({ description: 'Of a file of a Hyperdrive.' }),
  value: z.unknown().optional().meta({ description: 'The decoded value, when it is JSON.' }),
  base64: z.string().optional().meta({ description: 'Its bytes, when it is not.' }),
});

export const listingPreview = z.object({
  listing: slug,
  kind: feedKind,
  from: z.enum(['first', 'last']),
  items: z.array(previewItem).max(100).meta({ description: 'In the feed’s order.' }),
  takenAtMs: timeMs.nullable().meta({ description: 'null before the seeder has taken any.' }),
});
export type ListingPreview = z.infer<typeof listingPreview>;
