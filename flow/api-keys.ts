import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { ApiKey, PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { Tx } from './deps.ts';

const SHAPE = /^dzr_(sandbox|live)_([a-z0-9]{16})_([A-Za-z0-9_-]{43})$/;
const DEFAULT_SCOPES = ['read', 'listings', 'data'];
const MAX_LIVE_KEYS = 50;
const LISTED = 500;
const SHOWN_AFTER_END_MS = 90 * 24 * 60 * 60 * 1000;

/** Whether a key moves worthless coins or real ones. */
export type KeyEnv = 'sandbox' | 'live';

/** What is shown of a key: all but its secret. */
export type ShownKey = Omit<ApiKey, 'secretHash'>;

export interface MadeKey {
  apiKey: ShownKey;
  /** `dzr_<env>_<id>_<secret>`, told this once. */
  key: string;
}

/**
 * Makes an API key for a seller. The key is told once: what is kept is the hash of its secret.
 *
 * @returns `dzr_<env>_<id>_<secret>`
 */
export async function createApiKey(
  prisma: PrismaClient,
  sellerId: string,
  label: string,
  env: KeyEnv,
  scopes: string[] = DEFAULT_SCOPES,
): Promise<string> {
  const { key } = await insert(prisma, { sellerId, label, env, scopes, expiresAt: null });
  return key;
}

export interface KeyRequest {
  label: string;
  env: KeyEnv;
  scopes: string[];
  /** null: never. */
  expiresAtMs: number | null;
}

/** Makes an API key because its seller asks for one. */
export async function requestApiKey(
  prisma: PrismaClient,
  sellerId: string,
  { label, env, scopes, expiresAtMs }: KeyRequest,
): Promise<MadeKey | Refusal> {
  return prisma.$transaction(async (tx) => {
    await lockSeller(tx, sellerId);
    const refusal = await roomFor(tx, sellerId, expiresAtMs);
    if (refusal) return refusal;
    const expiresAt = expiresAtMs === null ? null : new Date(expiresAtMs);
    return insert(tx, { sellerId, label, env, scopes, expiresAt });
  });
}

export interface Rotation {
  overlapMs: number;
  /** null: never; undefined: as the old key. */
  expiresAtMs: number | null | undefined;
}

/** Makes a key like an old one, which goes on for the overlap at most: so that there is no downtime. */
export async function rotateApiKey(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
  { overlapMs, expiresAtMs }: Rotation,
): Promise<MadeKey | Refusal> {
  return prisma.$transaction(async (tx) => {
    await lockSeller(tx, sellerId);
    const old = await tx.apiKey.findFirst({ where: { id, sellerId } });
    if (!old) return notFound(id);
    const now = await nowMs(tx);
    const endsAtMs = old.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    if (old.revokedAt || endsAtMs <= now) {
      return refuse('api-key-ended', `API key "${id}" has ended: make a new one.`);
    }
    const nextEndsAtMs =
      expiresAtMs === undefined ? (old.expiresAt?.getTime() ?? null) : expiresAtMs;
    const refusal = await roomFor(tx, sellerId, nextEndsAtMs);
    if (refusal) return refusal;
    const { label, scopes } = old;
    const expiresAt = nextEndsAtMs === null ? null : new Date(nextEndsAtMs);
    const made = await insert(tx, { sellerId, label, env: old.env, scopes, expiresAt });
    const oldEnds = new Date(Math.min(endsAtMs, now + overlapMs));
    await tx.apiKey.update({ where: { id }, data: { expiresAt: oldEnds } });
    return made;
  });
}

/** Ends a key at once. Revoking it again changes nothing. */
export async function revokeApiKey(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<Refusal | null> {
  const found = await prisma.$executeRaw`
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = ${id} AND seller_id = ${sellerId}::uuid`;
  return found === 1 ? null : notFound(id);
}

/** A seller's keys, newest first; those that ended long ago are left out. */
export async function readApiKeys(prisma: PrismaClient, sellerId: string): Promise<ShownKey[]> {
  const since = new Date((await nowMs(prisma)) - SHOWN_AFTER_END_MS);
  return prisma.apiKey.findMany({
    where: {
      sellerId,
      AND: [
        { OR: [{ revokedAt: null }, { revokedAt: { gt: since } }] },
        { OR: [{ expiresAt: null }, { expiresAt: { gt: since } }] },
      ],
    },
    omit: { secretHash: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: LISTED,
  });
}

export type KeyCheck =
  | { outcome: 'live'; sellerId: string; apiKeyId: string; scopes: string[] }
  | { outcome: 'unknown' | 'revoked' | 'expired' | 'other-environment' };

interface Checked {
  sellerId: string;
  secretHash: Uint8Array;
  env: string;
  scopes: string[];
  isRevoked: boolean;
  isExpired: boolean;
  wasNoted: boolean;
}

/** Whom an API key speaks for in this environment, and how far. Its use is noted once a minute. */
export async function checkApiKey(
  prisma: PrismaClient,
  text: string,
  env: KeyEnv,
): Promise<KeyCheck> {
  const [, keyEnv, id, secret] = SHAPE.exec(text) ?? [];
  if (!id || !secret) return { outcome: 'unknown' };
  if (keyEnv !== env) return { outcome: 'other-environment' };
  const [key] = await prisma.$queryRaw<Checked[]>`
    SELECT seller_id AS "sellerId", secret_hash AS "secretHash", env, scopes, revoked_at IS NOT NULL AS "isRevoked",
      coalesce(expires_at <= clock_timestamp(), false) AS "isExpired",
      coalesce(last_used_at > clock_timestamp() - interval '1 minute', false) AS "wasNoted"
    FROM api_keys WHERE id = ${id}`;
  if (!key || key.env !== env || !timingSafeEqual(key.secretHash, hash(secret))) {
    return { outcome: 'unknown' };
  }
  if (key.isRevoked) return { outcome: 'revoked' };
  if (key.isExpired) return { outcome: 'expired' };
  if (!key.wasNoted) await noteUse(prisma, id);
  return { outcome: 'live', sellerId: key.sellerId, apiKeyId: id, scopes: key.scopes };
}

async function noteUse(prisma: PrismaClient, id: string): Promise<void> {
  await prisma.$executeRaw`
    UPDATE api_keys SET last_used_at = clock_timestamp()
    WHERE id = ${id} AND (last_used_at IS NULL OR last_used_at <= clock_timestamp() - interval '1 minute')`;
}

/** One after the other: what one asker reads of the keys no other changes meanwhile. */
async function lockSeller(tx: Tx, sellerId: string): Promise<void> {
  await tx.$queryRaw`SELECT id FROM sellers WHERE id = ${sellerId}::uuid FOR UPDATE`;
}

async function roomFor(
  tx: Tx,
  sellerId: string,
  expiresAtMs: number | null,
): Promise<Refusal | null> {
  const now = await nowMs(tx);
  if (expiresAtMs !== null && expiresAtMs <= now) {
    return refuse('api-key-expiry', 'The key would have expired already: expiresAtMs is past.');
  }
  const live = await tx.apiKey.count({
    where: {
      sellerId,
      revokedAt: null,
      OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now) } }],
    },
  });
  if (live < MAX_LIVE_KEYS) return null;
  return refuse('too-many-api-keys', `You have ${live} live API keys: revoke one first.`);
}

type NewKey = Pick<ApiKey, 'sellerId' | 'label' | 'env' | 'scopes' | 'expiresAt'>;

async function insert(db: Pick<Tx, 'apiKey'>, data: NewKey): Promise<MadeKey> {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const apiKey = await db.apiKey.create({
    data: { id, secretHash: hash(secret), ...data },
    omit: { secretHash: true },
  });
  return { apiKey, key: `dzr_${data.env}_${id}_${secret}` };
}

function notFound(id: string): Refusal {
  return refuse('api-key-not-found', `You have no API key "${id}".`);
}

function hash(secret: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(secret).digest();
}
