import { z } from 'zod';

/** 32 bytes as 64 lowercase hexadecimal digits: keys and hashes. */
export const hex32 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits (32 bytes)')
  .transform((text) => text.toLowerCase());

/** An amount in millisatoshi as a decimal string: JSON numbers lose precision past 2^53. */
export const msat = z.string().regex(/^(0|[1-9]\d{0,18})$/, 'must be a whole number of msat');

/** Milliseconds since the Unix epoch, UTC. */
export const timeMs = z.int();

export const slug = z
  .string()
  .min(3)
  .max(64)
  .regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'must be lowercase letters and digits, joined by single dashes',
  );

export const uuid = z.uuid();
