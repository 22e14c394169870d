import type { NodeAddress } from 'hyperdht';
import type { PrismaClient } from '../prisma/client/client.ts';

const ALIVE_WITHIN_SECONDS = 30;

/** What a seeder says of itself. */
export interface Presence {
  noiseKey: Uint8Array;
  /** How its DHT is entered; none for the public DHT. */
  bootstrap: readonly NodeAddress[];
  /** Where its HTTP gateway answers, if it has one. */
  gatewayUrl: string | null;
  /** How far it has followed the grant log, and when it last looked, by the database's clock; null: never yet. */
  grantsRead: { toSeq: bigint; atMs: number } | null;
  /** How much its machine's clock is ahead of the database's, in ms; null: not known yet. */
  clockSkewMs: number | null;
}

/**
 * Says in the database that this seeder is up, and how it stands. Dated by the database's clock, which readers compare
 * with. The other seeders hear of a new one at once.
 */
export async function announcePresence(prisma: PrismaClient, presence: Presence): Promise<void> {
  const { bootstrap, gatewayUrl, grantsRead } = presence;
  const noiseKey = Uint8Array.from(presence.noiseKey);
  const nodes = JSON.stringify(bootstrap.map(({ host, port }) => ({ host, port })));
  const readTo = grantsRead?.toSeq ?? null;
  const readAt = grantsRead && new Date(grantsRead.atMs);
  const skewMs = presence.clockSkewMs === null ? null : clamp(Math.round(presence.clockSkewMs));
  await prisma.$executeRaw`
    WITH said AS (
      INSERT INTO seeders (noise_key, bootstrap, gateway_url, seen_at, grants_read_to, grants_read_at, clock_skew_ms)
      VALUES (${noiseKey}, ${nodes}::jsonb, ${gatewayUrl}, now(), ${readTo}, ${readAt}, ${skewMs})
      ON CONFLICT (noise_key) DO UPDATE
      SET bootstrap = excluded.bootstrap, gateway_url = excluded.gateway_url, seen_at = now(),
          grants_read_to = excluded.grants_read_to, grants_read_at = excluded.grants_read_at,
          clock_skew_ms = excluded.clock_skew_ms
      RETURNING old.seen_at AS before)
    SELECT pg_notify('seeders', '') FROM said
    WHERE before IS NULL OR before < now() - make_interval(secs => ${ALIVE_WITHIN_SECONDS})`;
}

/** Takes this seeder off the list; one that was killed is known by its age. */
export async function withdrawPresence(prisma: PrismaClient, noiseKey: Uint8Array): Promise<void> {
  await prisma.$executeRaw`
    WITH gone AS (DELETE FROM seeders WHERE noise_key = ${Uint8Array.from(noiseKey)} RETURNING 1)
    SELECT pg_notify('seeders', '') FROM gone`;
}

/** Whether a seeder with this key has said lately that it is up. */
export async function isPresent(prisma: PrismaClient, noiseKey: Uint8Array): Promise<boolean> {
  const [row] = await prisma.$queryRaw<{ up: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM seeders WHERE noise_key = ${Uint8Array.from(noiseKey)}
        AND seen_at > clock_timestamp() - make_interval(secs => ${ALIVE_WITHIN_SECONDS})) AS up`;
  return row!.up;
}

// The column is a Postgres integer; a clock that is weeks off is off.
function clamp(ms: number): number {
  return Math.min(Math.max(ms, -(2 ** 31)), 2 ** 31 - 1);
}
