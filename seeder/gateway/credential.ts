import { verifyBuyerToken } from '../../protocol/buyer-token.ts';
import { buyerKeyOf, isPreimage, readMacaroon } from '../../protocol/l402.ts';
import type { MarketKeys } from '../../protocol/market-keys.ts';
import type { Visitor } from './visit.ts';

/** Whom a request's Authorization header speaks for. */
export type Credential =
  | { kind: 'none' }
  /** It says so, but proves nothing: `why` is for the caller. */
  | { kind: 'invalid'; scheme: 'Bearer' | 'L402'; why: string }
  /** It is good for another feed. */
  | { kind: 'elsewhere'; scheme: 'Bearer' | 'L402' }
  | { kind: 'token'; visitor: Visitor }
  /** An invoice of ours that was paid. */
  | { kind: 'l402'; visitor: Visitor; paymentHash: Uint8Array<ArrayBuffer> };

/** Judges the header by the market's keys alone: whether the grant is live is for the gate to say. */
export async function readCredential(
  keys: MarketKeys,
  authorization: string | undefined,
  feedId: string,
  nowMs: number,
): Promise<Credential> {
  if (!authorization) return { kind: 'none' };
  const [scheme = '', credentials = ''] = authorization.split(/ +(.*)/s);
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return readToken(keys, credentials, feedId, nowMs);
    case 'l402':
    case 'lsat':
      return readL402(keys, credentials, feedId, nowMs);
    default:
      return { kind: 'none' };
  }
}

async function readToken(
  keys: MarketKeys,
  text: string,
  feedId: string,
  nowMs: number,
): Promise<Credential> {
  const token = await verifyBuyerToken(keys.signing.publicKey, text, nowMs);
  if ('refused' in token) {
    const why =
      token.refused === 'expired' ? 'The token has expired.' : 'This is no token of ours.';
    return { kind: 'invalid', scheme: 'Bearer', why };
  }
  if (token.feedId !== null && token.feedId !== feedId) {
    return { kind: 'elsewhere', scheme: 'Bearer' };
  }
  // The token is for getting in; how long its bearer may stay is up to the grant.
  return { kind: 'token', visitor: { buyerKey: token.buyerKey, untilMs: null } };
}

function readL402(keys: MarketKeys, text: string, feedId: string, nowMs: number): Credential {
  const [macaroon = '', preimage = ''] = text.split(':');
  const ticket = readMacaroon(keys, macaroon);
  if (!ticket)
    return invalid('This is no macaroon of ours, or has a condition that we do not know.');
  const { paymentHash, tokenId, untilMs } = ticket;
  if (!isPreimage(preimage, paymentHash))
    return invalid('The preimage is not that of the invoice.');
  if (ticket.feedId !== feedId) return { kind: 'elsewhere', scheme: 'L402' };
  if (untilMs !== null && untilMs <= nowMs) return invalid('The macaroon has expired.');
  const visitor = { buyerKey: buyerKeyOf(keys, tokenId), untilMs };
  return { kind: 'l402', visitor, paymentHash: Uint8Array.from(paymentHash) };
}

function invalid(why: string): Credential {
  return { kind: 'invalid', scheme: 'L402', why };
}
