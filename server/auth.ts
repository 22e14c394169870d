import type { Request, RequestHandler } from 'express';
import { sellerOfApiKey } from '../flow/api-keys.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { sendProblem } from './problem.ts';

const sellers = new WeakMap<Request, string>();

/** Lets a request through that carries a live API key: `Authorization: Bearer dzr_…`. */
export function requireSeller(prisma: PrismaClient): RequestHandler {
  return async (req, res, next) => {
    const [scheme, key] = (req.headers.authorization ?? '').split(' ');
    const sellerId =
      scheme?.toLowerCase() === 'bearer' && key ? await sellerOfApiKey(prisma, key) : null;
    if (!sellerId) {
      res.setHeader('WWW-Authenticate', 'Bearer');
      return sendProblem(
        res,
        401,
        'unauthenticated',
        'Send a valid API key: Authorization: Bearer dzr_…',
      );
    }
    sellers.set(req, sellerId);
    next();
  };
}

/** The seller that {@link requireSeller} let through. */
export function sellerOf(req: Request): string {
  const sellerId = sellers.get(req);
  if (!sellerId) throw new Error(`${req.path} is not behind requireSeller`);
  return sellerId;
}
