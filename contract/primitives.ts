import { z } from 'zod';
import type { Json } from '../domain/message.ts';

/** 32 bytes as 64 lowercase hexadecimal digits: keys and hashes. */
export const hex32 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits (32 bytes)')
  .toLowerCase();

/** So many bytes in hexadecimal. */
export function hexBytes(bytes: number) {
  const digits = 2 * bytes;
  return z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `must be ${digits} hexadecimal digits`)
    .toLowerCase();
}

/** An amount in millisatoshi as a decimal string: JSON numbers lose precision past 2^53. */
export const msat = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/, 'must be a whole number of msat')
  .meta({ examples: ['50000'] });

/** As {@link msat}, with a minus for what left. */
export const signedMsat = z
  .string()
  .regex(/^(0|-?[1-9]\d{0,18})$/, 'must be a whole number of msat')
  .meta({ examples: ['-50000'] });

/** The end of the last year with four digits: what is later does not come out of the database as it went in. */
export const MAX_TIME_MS = 253_402_300_799_999;

/** Milliseconds since the Unix epoch, UTC. */
export const timeMs = z.int().meta({ examples: [1_780_000_000_000] });

export const slug = z
  .string()
  .min(3)
  .max(64)
  .regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'must be lowercase letters and digits, joined by single dashes',
  )
  .meta({ examples: ['seattle-weather'] });

/** Addresses of the API and of the desk stand where slugs do. */
const RESERVED = new Set(['import', 'new']);

export const newSlug = slug.refine(
  (name) => !RESERVED.has(name),
  'is taken by an address of the market',
);

export const uuid = z.uuid();

const CONTROL_BUT_TAB_AND_LINE_FEED = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f';

/** A text of one line: no control characters, which could do harm where it is shown. */
export function line(max: number) {
  const shape = new RegExp(`^[^\\t\\n${CONTROL_BUT_TAB_AND_LINE_FEED}]*$`);
  return text(max).regex(shape, 'must be one line without control characters');
}

/** A text of any number of lines. */
export function prose(max: number) {
  const shape = new RegExp(`^[^${CONTROL_BUT_TAB_AND_LINE_FEED}]*$`);
  return text(max).regex(shape, 'must have no control characters but line feeds and tabs');
}

// Half a surrogate pair is no character: nobody could hash or store the text as it was sent.
function text(max: number) {
  const isWhole = (value: string) => value.isWellFormed();
  return z.string().max(max).refine(isWhole, 'must be well-formed Unicode');
}

/** Any JSON value: what came as JSON is one, and is not looked through again. */
export const json = z.unknown().meta({ description: 'Any JSON value.' }) as z.ZodType<Json>;
