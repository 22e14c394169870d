import { z } from 'zod';
import { hex32, prose, timeMs } from './primitives.ts';

const MAX_TERMS = 20_000;

export const termsText = prose(MAX_TERMS).min(1).meta({
  description: 'Terms of use that buyers accept with each order, in markdown.',
});

/** One version of terms of use and licence. It never changes: another text has another hash. */
export const terms = z.object({
  hash: hex32.meta({
    description: 'SHA-256 over text and licence; orders name it to accept them.',
  }),
  text: z.string(),
  licence: z.string(),
  createdAtMs: timeMs,
});
export type Terms = z.infer<typeof terms>;

export const termsLink = z.object({ hash: hex32, url: z.url() });
