import type { CookieOptions, Request, Response } from 'express';
import { keyPairOfClaimCode } from '../../protocol/claim-code.ts';
import type { ServerDeps } from '../deps.ts';

const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The claim code of an order waits in a cookie of the order's own page until the buyer has kept it: it stands in no
 * address, no log and no row.
 */
export function keepClaimCode(
  { origin }: Pick<ServerDeps, 'origin'>,
  res: Response,
  orderId: string,
  claimCode: string,
): void {
  const { name, options } = cookieOf(origin, orderId);
  res.cookie(name, claimCode, { ...options, maxAge: MAX_AGE_MS });
}

export function readClaimCode({ origin }: Pick<ServerDeps, 'origin'>, req: Request): string | null {
  const code: unknown = req.cookies[cookieOf(origin, '').name];
  return typeof code === 'string' && keyPairOfClaimCode(code) ? code : null;
}

export function dropClaimCode(
  { origin }: Pick<ServerDeps, 'origin'>,
  res: Response,
  orderId: string,
): void {
  const { name, options } = cookieOf(origin, orderId);
  res.clearCookie(name, options);
}

function cookieOf(origin: ServerDeps['origin'], orderId: string) {
  const secure = origin().startsWith('https:');
  const options: CookieOptions = {
    secure,
    httpOnly: true,
    sameSite: 'lax',
    path: `/orders/${orderId}`,
  };
  return { name: secure ? '__Secure-dazaar-claim' : 'dazaar-claim', options };
}
