import { errors, importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { MarketKeys } from './market-keys.ts';

/** The longest that a token may live: what it says of a grant may be as old as that. */
export const BUYER_TOKEN_MAX_MS = 10 * 60 * 1000;

const ALGORITHM = 'EdDSA';
const TYPE = 'dazaar-buyer+jwt';
const AUDIENCE = 'urn:dazaar:buyer';

/** What a buyer token says: whoever holds it acts for this buyer key, for one feed or for all that the key was granted. */
export interface BuyerToken {
  /** 32 bytes. */
  buyerKey: Uint8Array<ArrayBuffer>;
  /** The only feed it opens; null: whichever the key holds a grant for. */
  feedId: string | null;
  grantId: string | null;
  /** In ms since the epoch; kept to the second. */
  issuedAtMs: number;
  expiresAtMs: number;
}

export type BuyerTokenRefusal = 'expired' | 'invalid';

const claims = z.object({
  sub: z.string().regex(/^[0-9a-f]{64}$/),
  feed: z.uuid().nullable(),
  grant: z.uuid().nullable(),
  iat: z.int(),
  exp: z.int(),
});

/**
 * Signs a token of the market as a JWT (RFC 7519, EdDSA as of RFC 8037). It proves who asks, not that the grant is
 * live: the gate has the last word.
 *
 * @throws when it would live longer than {@link BUYER_TOKEN_MAX_MS}
 */
export async function signBuyerToken(
  { signing }: Pick<MarketKeys, 'signing'>,
  { buyerKey, feedId, grantId, issuedAtMs, expiresAtMs }: BuyerToken,
): Promise<string> {
  if (expiresAtMs - issuedAtMs > BUYER_TOKEN_MAX_MS)
    throw new Error('a buyer token lives too long');
  return new SignJWT({ feed: feedId, grant: grantId })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(issuerOf(signing.publicKey))
    .setAudience(AUDIENCE)
    .setSubject(Buffer.from(buyerKey).toString('hex'))
    .setIssuedAt(Math.floor(issuedAtMs / 1000))
    .setExpirationTime(Math.floor(expiresAtMs / 1000))
    .sign(await importKey(signing.publicKey, signing.secretKey));
}

/**
 * Reads a token that the market with this public key has signed.
 *
 * @param nowMs the market's time in ms since the epoch
 */
export async function verifyBuyerToken(
  publicKey: Uint8Array,
  token: string,
  nowMs: number,
): Promise<BuyerToken | { refused: BuyerTokenRefusal }> {
  try {
    const { payload } = await jwtVerify(token, await importKey(publicKey), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: issuerOf(publicKey),
      audience: AUDIENCE,
      currentDate: new Date(nowMs),
    });
    return read(payload);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return { refused: error instanceof errors.JWTExpired ? 'expired' : 'invalid' };
  }
}

function read(payload: JWTPayload): BuyerToken | { refused: 'invalid' } {
  const { data } = claims.safeParse(payload);
  if (!data || (data.exp - data.iat) * 1000 > BUYER_TOKEN_MAX_MS) return { refused: 'invalid' };
  return {
    buyerKey: Uint8Array.from(Buffer.from(data.sub, 'hex')),
    feedId: data.feed,
    grantId: data.grant,
    issuedAtMs: data.iat * 1000,
    expiresAtMs: data.exp * 1000,
  };
}

function issuerOf(publicKey: Uint8Array): string {
  return `urn:dazaar:market:${Buffer.from(publicKey).toString('hex')}`;
}

/** A secret key as libsodium has it: the seed, and the public key behind it. */
function importKey(publicKey: Uint8Array, secretKey?: Uint8Array) {
  const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) };
  const secret = secretKey && { d: base64url(secretKey.subarray(0, 32)) };
  return importJWK({ ...jwk, ...secret }, ALGORITHM);
}
