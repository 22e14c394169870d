import type { Request } from 'express';
import { nowMs } from '../flow/clock.ts';
import type { FlowDeps } from '../flow/deps.ts';
import type { BuyerCaller, Denial } from '../http/operate.ts';
import { verifyBuyerToken } from '../protocol/buyer-token.ts';

/** Finds the buyer key by its token. A token for one feed opens that feed at the gateway, and nothing here. */
export async function authenticateBuyer(
  { prisma, keys }: Pick<FlowDeps, 'prisma' | 'keys'>,
  req: Request,
): Promise<BuyerCaller | Denial> {
  const [scheme, token] = (req.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token) {
    return unauthenticated('Send a token of /v1/tokens: Authorization: Bearer …', 'Bearer');
  }
  const read = await verifyBuyerToken(keys.signing.publicKey, token, await nowMs(prisma));
  if ('refused' in read) {
    return unauthenticated(`The token is ${read.refused}.`, 'Bearer error="invalid_token"');
  }
  if (read.feedId === null) return { buyerKey: read.buyerKey };
  return { status: 403, code: 'forbidden', detail: 'The token is for the data of one feed only.' };
}

function unauthenticated(detail: string, challenge: string): Denial {
  return { status: 401, code: 'unauthenticated', detail, challenge };
}
