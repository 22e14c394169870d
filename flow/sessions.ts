import { createHash } from 'node:crypto';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

/** How long a session may live, however much it is used, in milliseconds. */
export const SESSION_MAX_MS = 30 * 24 * 60 * 60 * 1000;
const IDLE_SECONDS = 24 * 60 * 60;
/** A session that nobody is logged into waits for a wallet, and for nothing else. */
const ANONYMOUS_SECONDS = 15 * 60;
/** Use is noted no more often than this. */
const TOUCH_SECONDS = 60;

/** What a session is stored under: whoever reads the table learns no session id. */
export function sessionKey(id: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(id).digest());
}

/** What was saved with a session that is not over. */
export async function readSession(
  prisma: PrismaClient,
  id: string,
): Promise<Prisma.JsonObject | null> {
  const [row] = await prisma.$queryRaw<{ data: Prisma.JsonObject }[]>`
    SELECT data FROM sessions WHERE id = ${sessionKey(id)} AND expires_at > clock_timestamp()`;
  return row?.data ?? null;
}

export async function saveSession(
  prisma: PrismaClient,
  id: string,
  data: Prisma.InputJsonObject,
  sellerId: string | null,
): Promise<void> {
  const seconds = sellerId === null ? ANONYMOUS_SECONDS : IDLE_SECONDS;
  await prisma.$executeRaw`
    INSERT INTO sessions (id, seller_id, data, expires_at)
    VALUES (${sessionKey(id)}, ${sellerId}::uuid, ${data}, clock_timestamp() + make_interval(secs => ${seconds}))
    ON CONFLICT (id) DO UPDATE SET data = excluded.data`;
}

/** Puts off the end of a session that somebody is logged into and uses. One that is gone stays gone. */
export async function touchSession(prisma: PrismaClient, id: string): Promise<void> {
  await prisma.$executeRaw`
    UPDATE sessions SET expires_at = least(
      created_at + make_interval(secs => ${SESSION_MAX_MS / 1000}),
      clock_timestamp() + make_interval(secs => ${IDLE_SECONDS}))
    WHERE id = ${sessionKey(id)} AND seller_id IS NOT NULL
      AND expires_at < clock_timestamp() + make_interval(secs => ${IDLE_SECONDS - TOUCH_SECONDS})`;
}

export async function endSession(prisma: PrismaClient, id: string): Promise<void> {
  await prisma.session.deleteMany({ where: { id: sessionKey(id) } });
}

export async function endOtherSessions(tx: Tx, sellerId: string, id: string): Promise<void> {
  await tx.session.deleteMany({ where: { sellerId, id: { not: sessionKey(id) } } });
}

/** When a session ends if it is not used before; null when it has ended. */
export async function readSessionEnd(prisma: PrismaClient, id: string): Promise<number | null> {
  const row = await prisma.session.findUnique({ where: { id: sessionKey(id) } });
  return row?.expiresAt.getTime() ?? null;
}
