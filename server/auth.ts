import { sellerOfApiKey } from '../flow/api-keys.ts';
import type { Authenticate } from '../http/operate.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

/** Finds the seller by a live API key: `Authorization: Bearer dzr_…`. */
export function authenticateWith(prisma: PrismaClient): Authenticate {
  return async (req) => {
    const [scheme, key] = (req.headers.authorization ?? '').split(' ');
    const sellerId =
      scheme?.toLowerCase() === 'bearer' && key ? await sellerOfApiKey(prisma, key) : null;
    if (sellerId) return { sellerId, apiKeyId: key?.split('_')[2] ?? null };
    return {
      status: 401,
      code: 'unauthenticated',
      detail: 'Send a valid API key: Authorization: Bearer dzr_…',
      challenge: 'Bearer',
    };
  };
}
