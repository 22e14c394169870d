import type { z } from 'zod';
import type { LimitName } from '../domain/limit.ts';
import type { RefusalCode } from '../domain/refusal.ts';

/** What an API key may be used for. A session of the seller may do all of it. */
export const SCOPES = ['read', 'listings', 'data', 'payouts'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Who may call: everybody; whoever holds a buyer token; a seller with a session (accounts and keys are never managed by
 * an API key); or a seller with a session or an API key of that scope.
 */
export type Access = 'public' | 'buyer' | 'session' | Scope;

/** A body of another media type than JSON. */
export interface Content {
  /** Media type → how to read it: `binary` as it comes, or the schema of one line or event. */
  [mediaType: string]: 'binary' | 'text' | z.ZodType;
}

/** One operation of the HTTP interface: what the server checks, the OpenAPI document says and the client calls. */
export interface Operation {
  /** The operationId, in camelCase. */
  id: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `/v1/listings/{slug}`; a last `{path+}` takes slashes too. */
  path: string;
  /** The section of the reference that it stands in. */
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** By lowercase name. */
  headers?: z.ZodObject;
  /** A JSON body. */
  body?: z.ZodType;
  /** Instead of `body`: a body that the handler reads from the request as it streams in. */
  upload?: Content;
  /** The most bytes of a JSON body; 64 KiB unless said. */
  bodyLimitBytes?: number;
  /** Counts against a limit of its own, by address, instead of `reads` or `writes`. */
  limit?: LimitName;
  /** `required` or `optional`: takes an Idempotency-Key, and answers its repetition with the same resource. */
  idempotency?: 'required' | 'optional';
  success: {
    status: 200 | 201 | 202 | 204;
    description: string;
    body?: z.ZodType;
    content?: Content;
    /** By name: what they say. */
    headers?: Record<string, string>;
    /** Other successes, such as 206 or 304. */
    also?: Record<number, string>;
  };
  /** How the business may refuse; input, access, limits and faults are added for every operation. */
  refusals?: readonly RefusalCode[];
}

/** Keeps the exact types of an operation, for the handler and the client. */
export function operation<const O extends Operation>(spec: O): O {
  return spec;
}
