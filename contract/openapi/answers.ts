import { z } from 'zod';
import type { ZodOpenApiHeadersObject } from 'zod-openapi';
import type { Access, Operation } from '../operation.ts';
import { type PaymentOffer, paymentOffer } from '../payment-offer.ts';
import { problem } from '../problem.ts';
import { PROBLEMS, type ProblemCode, problemTitle, problemType } from '../problem-codes.ts';
import { contentOf } from './requests.ts';

const WITHOUT_BODY = new Set([204, 304]);

const rateLimit = {
  'RateLimit-Policy': {
    description: 'The limits that count here: `q` requests in `w` seconds.',
    schema: { type: 'string' as const },
    example: '"reads";q=1200;w=60',
  },
  RateLimit: {
    description: 'What is left of them: `r` requests, for the next `t` seconds.',
    schema: { type: 'string' as const },
    example: '"reads";r=1199;t=60',
  },
};

const RETRY_AFTER = {
  description: 'Seconds to wait.',
  schema: { type: 'integer' as const, minimum: 0 },
};

const HEADERS: Record<number, ZodOpenApiHeadersObject> = {
  401: { 'WWW-Authenticate': header('How to authenticate.') },
  402: { 'WWW-Authenticate': header('An L402 challenge: a macaroon and the invoice to pay.') },
  429: { 'Retry-After': RETRY_AFTER, ...rateLimit },
  503: { 'Retry-After': RETRY_AFTER },
};

/** Every answer that an operation may give, by status. */
export function answersOf(operation: Operation): Record<string, object> {
  const { status, also = {} } = operation.success;
  const successes = Object.entries({ [status]: operation.success.description, ...also });
  const codes = Map.groupBy(codesOf(operation), (code) => PROBLEMS[code].status);
  return {
    ...Object.fromEntries([...codes].map(([each, named]) => [each, problemAnswer(named)])),
    ...Object.fromEntries(successes.map(([each, text]) => [each, success(operation, +each, text)])),
  };
}

function success(
  { success: { body, content, headers = {} } }: Operation,
  status: number,
  description: string,
) {
  const media = {
    ...(body && { 'application/json': { schema: body } }),
    ...contentOf(content ?? {}),
  };
  return {
    description,
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([name, says]) => [name, header(says)])),
      ...rateLimit,
    },
    ...(!WITHOUT_BODY.has(status) && Object.keys(media).length > 0 && { content: media }),
  };
}

function header(description: string) {
  return { description, schema: { type: 'string' as const } };
}

function codesOf(operation: Operation): ProblemCode[] {
  const { access, method, body, upload, params, idempotency, refusals = [] } = operation;
  const codes: ProblemCode[] = [
    'invalid',
    'bad-request',
    ...(body ? (['too-deep'] as const) : []),
    ...DENIALS[access],
    ...(method === 'get' ? [] : (['foreign-origin'] as const)),
    ...(params ? (['not-found'] as const) : []),
    ...(body || upload ? (['too-slow'] as const) : []),
    ...(body || upload ? (['too-large', 'unsupported-media-type'] as const) : []),
    ...(idempotency ? IDEMPOTENCY : []),
    ...refusals,
    'rate-limited',
    'internal',
    'unavailable',
  ];
  return codes.filter((code, at) => codes.indexOf(code) === at);
}

const IDEMPOTENCY = ['idempotency-key-reused', 'idempotency-in-flight'] as const;
const SELLER_DENIALS = ['unauthenticated', 'insufficient-scope'] as const;
const DENIALS: Record<Access, readonly ProblemCode[]> = {
  public: [],
  buyer: ['unauthenticated', 'forbidden'],
  session: ['unauthenticated', 'forbidden'],
  read: SELLER_DENIALS,
  listings: SELLER_DENIALS,
  data: SELLER_DENIALS,
  payouts: SELLER_DENIALS,
};

// Answers that many operations share are components: they are named once and read once.
function problemAnswer(codes: ProblemCode[]): object {
  const shared = Object.entries(SHARED).find(([, each]) => each.join() === codes.join());
  return shared ? { $ref: `#/components/responses/${shared[0]}` } : answerOf(codes);
}

const SHARED: Record<string, ProblemCode[]> = {
  BadRequest: ['invalid', 'bad-request'],
  BadBody: ['invalid', 'bad-request', 'too-deep'],
  Unauthenticated: ['unauthenticated'],
  Forbidden: ['insufficient-scope'],
  ForbiddenChange: ['insufficient-scope', 'foreign-origin'],
  ForeignOrigin: ['foreign-origin'],
  NotFound: ['not-found'],
  TooSlow: ['too-slow'],
  TooLarge: ['too-large'],
  UnsupportedMediaType: ['unsupported-media-type'],
  RateLimited: ['rate-limited'],
  Internal: ['internal'],
  Unavailable: ['unavailable'],
};

export const sharedAnswers = Object.fromEntries(
  Object.entries(SHARED).map(([name, codes]) => [name, answerOf(codes)]),
);

function answerOf(codes: ProblemCode[]) {
  const status = PROBLEMS[codes[0]!].status;
  const named = problem.and(z.object({ status: z.literal(status), code: z.enum(codes) }));
  const schema = codes.includes('payment-required') ? named.and(paymentOffer) : named;
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }]));
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].meaning}`).join('\n\n'),
    ...(status in HEADERS && { headers: HEADERS[status] }),
    content: { 'application/problem+json': { schema, examples } },
  };
}

function exampleOf(code: ProblemCode): object {
  const { status, meaning } = PROBLEMS[code];
  const general = { type: problemType(code), title: problemTitle(status), status, code };
  if (code === 'payment-required') return { ...general, ...OFFER };
  if (code !== 'invalid') return { ...general, detail: meaning.replaceAll('`', '') };
  const detail = 'must be a whole number of msat';
  return { ...general, detail, errors: [{ in: 'body', pointer: '#/priceMsat', detail }] };
}

const OFFER: PaymentOffer = {
  orderId: '019aac3e-5b0c-7d41-9c1e-2f6f0a4f3b77',
  listing: 'weather-zurich',
  market: 'https://market.example',
  termsHash: null,
  plans: [
    {
      name: 'hour',
      kind: 'time',
      priceMsat: '5000',
      currency: null,
      priceMinor: null,
      periodMs: 3_600_000,
    },
  ],
};
