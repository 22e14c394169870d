import type { RefusalCode } from '../domain/refusal.ts';
import { MEANING_OF } from './refusal-meanings.ts';
import { STATUS_OF } from './refusals.ts';

export interface ProblemKind {
  status: number;
  meaning: string;
}

/** What the platform answers for any operation, before or instead of its business. */
export const GENERAL_PROBLEMS = {
  invalid: { status: 400, meaning: 'The input breaks the schema; `errors` says where and why.' },
  'bad-request': { status: 400, meaning: 'The request cannot be read as HTTP or JSON.' },
  'too-deep': { status: 400, meaning: 'The body nests deeper than 32 levels.' },
  unauthenticated: { status: 401, meaning: 'There is no valid credential with the request.' },
  forbidden: { status: 403, meaning: 'The credential does not go so far.' },
  'insufficient-scope': {
    status: 403,
    meaning: 'The API key does not have the scope that the operation needs.',
  },
  'not-found': { status: 404, meaning: 'Nothing is at this address.' },
  'method-not-allowed': { status: 405, meaning: '`Allow` names the methods of this address.' },
  'too-slow': { status: 408, meaning: 'The body did not come in time.' },
  'too-large': { status: 413, meaning: 'The body is larger than the operation takes.' },
  'unsupported-media-type': {
    status: 415,
    meaning: 'The operation does not take this media type, charset or encoding.',
  },
  'rate-limited': { status: 429, meaning: 'Too many requests; `Retry-After` says when to return.' },
  internal: { status: 500, meaning: 'A fault of the market. It was logged.' },
  unavailable: {
    status: 503,
    meaning: 'A part of the market is away, and nothing was done: try again after `Retry-After`.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof GENERAL_PROBLEMS | RefusalCode;

/** Every code that a problem document may carry. */
export const PROBLEMS: Record<ProblemCode, ProblemKind> = {
  ...GENERAL_PROBLEMS,
  ...(Object.fromEntries(
    Object.entries(STATUS_OF).map(([code, status]) => [
      code,
      { status, meaning: MEANING_OF[code as RefusalCode] },
    ]),
  ) as Record<RefusalCode, ProblemKind>),
};

/** The `type` of a problem: a name, not an address, so that it is the same at every market. */
export function problemType(code: string): string {
  return `urn:dazaar:problem:${code}`;
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authenticated',
  402: 'Payment required',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Too slow',
  409: 'Conflict',
  410: 'Gone',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  422: 'Refused',
  428: 'If-Match needed',
  429: 'Too many requests',
  431: 'Too long a header',
  500: 'Internal error',
  503: 'Not available right now',
};

/** The `title` of all problems with a status. */
export function problemTitle(status: number): string {
  return TITLES[status] ?? 'Error';
}
