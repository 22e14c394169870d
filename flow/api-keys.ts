import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PrismaClient } from '../prisma/client/client.ts';

const SHAPE = /^dzr_(sandbox|live)_([a-z0-9]{16})_([A-Za-z0-9_-]{43})$/;

/**
 * Makes an API key for a seller. The key is told once: what is kept is the hash of its secret.
 *
 * @returns `dzr_<env>_<id>_<secret>`
 */
export async function createApiKey(
  prisma: PrismaClient,
  sellerId: string,
  label: string,
  env: 'sandbox' | 'live',
): Promise<string> {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  await prisma.apiKey.create({ data: { id, sellerId, label, secretHash: hash(secret) } });
  return `dzr_${env}_${id}_${secret}`;
}

/** The seller whom an API key speaks for; null for anything that is not a live key. */
export async function sellerOfApiKey(prisma: PrismaClient, text: string): Promise<string | null> {
  const [, , id, secret] = SHAPE.exec(text) ?? [];
  if (!id || !secret) return null;
  const key = await prisma.apiKey.findUnique({ where: { id } });
  if (!key || key.revokedAt) return null;
  return timingSafeEqual(key.secretHash, hash(secret)) ? key.sellerId : null;
}

function hash(secret: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(secret).digest();
}
