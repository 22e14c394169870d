import { type Operation, SCOPES, type Scope } from '../operation.ts';
import { gatewayOperations } from '../operations/index.ts';

/** The cookie that holds a seller's session; over TLS its name begins with `__Host-`. */
const SESSION_COOKIE = 'dazaar';

export const securitySchemes = {
  apiKey: {
    type: 'http' as const,
    scheme: 'bearer',
    bearerFormat: 'dzr_<env>_<id>_<secret>',
    description: `An API key of a seller. Its scopes (${SCOPES.join(', ')}) say what it is good for; each operation names the one it needs.`,
  },
  session: {
    type: 'apiKey' as const,
    in: 'cookie' as const,
    name: SESSION_COOKIE,
    description: 'A session of a seller who logged in. It may do whatever an API key may.',
  },
  buyerToken: {
    type: 'http' as const,
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A short-lived token that `POST /v1/tokens` gives for a signature of the buyer key.',
  },
  l402: {
    type: 'http' as const,
    scheme: 'L402',
    description: 'Macaroon and preimage of an invoice that a 402 answer carried (bLIP-26).',
  },
};

const gatewayIds = new Set<string>(gatewayOperations.map(({ id }) => id));

/** Which credentials let a caller in: one of the listed. */
export function securityOf(operation: Operation): Record<string, string[]>[] {
  const { access } = operation;
  if (access === 'public') return [];
  if (access === 'session') return [{ session: [] }];
  if (access !== 'buyer') return [{ apiKey: [] }, { session: [] }];
  return gatewayIds.has(operation.id) ? [{ buyerToken: [] }, { l402: [] }] : [{ buyerToken: [] }];
}

/** The scope that an API key needs for an operation; undefined where keys do not come in. */
export function scopeOf({ access }: Operation): Scope | undefined {
  return SCOPES.find((scope) => scope === access);
}
