import type { Request } from 'express';
import type { Access, Scope } from '../contract/index.ts';
import { checkApiKey, type KeyCheck, type KeyEnv } from '../flow/api-keys.ts';
import type { Authenticate, Denial, SellerCaller } from '../http/operate.ts';
import { authenticateBuyer } from './authenticate-buyer.ts';
import type { ServerDeps } from './deps.ts';

export type AuthDeps = Pick<ServerDeps, 'prisma' | 'keys' | 'network'>;

/**
 * Finds out who calls: a buyer by a token of the market, a seller by an API key or the session of a browser. An
 * Authorization header counts before a session.
 */
export function authenticateWith(deps: AuthDeps): Authenticate {
  return async (req, res, access) => {
    // What is for one caller is for no cache; a handler that knows better says so.
    res.setHeader('Cache-Control', 'no-store');
    if (access === 'buyer') return authenticateBuyer(deps, req);
    const token = bearerOf(req);
    if (token) return sellerOfKey(deps, token, access);
    if (req.headers.authorization !== undefined) return NO_SELLER;
    const { sellerId } = req.session;
    return sellerId === undefined ? NO_SELLER : { sellerId, apiKeyId: null };
  };
}

/** Where coins are worthless, keys say so: none of them opens a market that is paid in real ones. */
export function keyEnvOf(network: ServerDeps['network']): KeyEnv {
  return network === 'sandbox' ? 'sandbox' : 'live';
}

async function sellerOfKey(
  { prisma, network }: AuthDeps,
  key: string,
  access: Exclude<Access, 'public' | 'buyer'>,
): Promise<SellerCaller | Denial> {
  const check = await checkApiKey(prisma, key, keyEnvOf(network));
  if (check.outcome !== 'live') return badCredential(badKey(check.outcome, network));
  if (access === 'session') return NO_KEYS_HERE;
  if (!check.scopes.includes(access)) return lacksScope(access, check.scopes);
  return { sellerId: check.sellerId, apiKeyId: check.apiKeyId };
}

function badKey(outcome: Exclude<KeyCheck['outcome'], 'live'>, network: string): string {
  if (outcome === 'revoked') return 'This API key was revoked.';
  if (outcome === 'expired') return 'This API key has expired.';
  if (outcome === 'unknown') return 'This is not an API key of this market.';
  const [here, other] = network === 'sandbox' ? ['sandbox', 'live'] : ['live', 'sandbox'];
  return `This is a ${other} key, and this is a ${here} market: send a key that begins with dzr_${here}_.`;
}

function lacksScope(scope: Scope, scopes: string[]): Denial {
  return {
    status: 403,
    code: 'insufficient-scope',
    detail: `This needs an API key with the scope "${scope}"; this one has ${scopes.join(', ')}.`,
    challenge: `Bearer error="insufficient_scope", scope="${scope}"`,
  };
}

const NO_SELLER: Denial = {
  status: 401,
  code: 'unauthenticated',
  detail: 'Log in, or send an API key: Authorization: Bearer dzr_…',
  challenge: 'Bearer',
};
const NO_KEYS_HERE: Denial = {
  status: 403,
  code: 'forbidden',
  detail: 'Accounts and API keys are managed by whoever is logged in, not with an API key.',
};

function badCredential(detail: string): Denial {
  return {
    status: 401,
    code: 'unauthenticated',
    detail,
    challenge: 'Bearer error="invalid_token"',
  };
}

/** RFC 6750, section 2.1; null for anything else. */
function bearerOf(req: Request): string | null {
  const [, token] = /^bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
  return token ?? null;
}
