import { createHash } from 'node:crypto';
import type { Prisma, PrismaClient, Seller } from '../prisma/client/client.ts';
import { adoptShelf } from './adopt-shelf.ts';
import type { Tx } from './deps.ts';

/** How long a session may live, however much it is used, in milliseconds. */
export const SESSION_MAX_MS = 30 * 24 * 60 * 60 * 1000;
const IDLE_SECONDS = 24 * 60 * 60;
/** A session that nobody is logged into, and that has no shelf, waits for a wallet. */
const ANONYMOUS_SECONDS = 15 * 60;
/** Use is noted no more often than this. */
const TOUCH_SECONDS = 60;

/** What a session is stored under: whoever reads the table learns no session id. */
export function sessionKey(id: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(id).digest());
}

/** What a login was checked against; null for an account without a password. */
export function passwordMark({ passwordHash }: Pick<Seller, 'passwordHash'>): string | null {
  return passwordHash === null ? null : createHash('sha256').update(passwordHash).digest('hex');
}

/**
 * What was saved with a session that is not over. One that was begun with a password that is no longer right is over,
 * also when the password was changed between the check and the saving.
 */
export async function readSession(
  prisma: PrismaClient,
  id: string,
): Promise<Prisma.JsonObject | null> {
  const [row] = await prisma.$queryRaw<{ data: Prisma.JsonObject }[]>`
    SELECT session.data FROM sessions session LEFT JOIN sellers seller ON seller.id = session.seller_id
    WHERE session.id = ${sessionKey(id)} AND session.expires_at > clock_timestamp()
      AND session.data ->> 'passwordMark' IS NOT DISTINCT FROM encode(sha256(convert_to(seller.password_hash, 'UTF8')), 'hex')`;
  return row?.data ?? null;
}

/** A session of a browser that has bought something keeps its shelf, from its last visit on. */
const SHELF_SECONDS = SESSION_MAX_MS / 1000;

export interface SessionOwner {
  /** Who is logged in. */
  sellerId: string | null;
  /** The shelf of the browser itself. */
  shelfId: string | null;
}

/** Saves a session. A login takes over what lies on the browser's own shelf, or does not happen. */
export async function saveSession(
  prisma: PrismaClient,
  id: string,
  data: Prisma.InputJsonObject,
  { sellerId, shelfId }: SessionOwner,
): Promise<void> {
  const anonymousSeconds = shelfId === null ? ANONYMOUS_SECONDS : SHELF_SECONDS;
  const seconds = sellerId === null ? anonymousSeconds : IDLE_SECONDS;
  const keepsShelf = sellerId === null && shelfId !== null;
  await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`
      INSERT INTO sessions (id, seller_id, data, expires_at)
      VALUES (${sessionKey(id)}, ${sellerId}::uuid, ${data}, clock_timestamp() + make_interval(secs => ${seconds}))
      ON CONFLICT (id) DO UPDATE SET data = excluded.data,
        expires_at = CASE WHEN ${keepsShelf} THEN excluded.expires_at ELSE sessions.expires_at END`;
    if (sellerId !== null && shelfId !== null) await adoptShelf(tx, shelfId, sellerId);
  });
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

/** Ends every session of an account: whoever uses it has to log in again. */
export async function endAllSessions(prisma: PrismaClient, sellerId: string): Promise<void> {
  await prisma.session.deleteMany({ where: { sellerId } });
}

/** How many sessions of an account are not over. */
export async function countSessions(prisma: PrismaClient, sellerId: string): Promise<number> {
  const [row] = await prisma.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM sessions
    WHERE seller_id = ${sellerId}::uuid AND expires_at > clock_timestamp()`;
  return row.count;
}

/** When a session ends if it is not used before; null when it has ended. */
export async function readSessionEnd(prisma: PrismaClient, id: string): Promise<number | null> {
  const row = await prisma.session.findUnique({ where: { id: sessionKey(id) } });
  return row?.expiresAt.getTime() ?? null;
}
