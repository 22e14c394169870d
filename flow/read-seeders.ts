import type { PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';

const ALIVE_MS = 30_000;

/** The seeding nodes that have shown themselves lately, their HTTP gateways, and the DHT they are on. */
export async function readSeeders(prisma: PrismaClient) {
  const since = new Date((await nowMs(prisma)) - ALIVE_MS);
  const rows = await prisma.seeder.findMany({
    where: { seenAt: { gt: since } },
    orderBy: { seenAt: 'desc' },
    take: 32,
  });
  return {
    seeders: rows.map((row) => Buffer.from(row.noiseKey).toString('hex')),
    gateways: rows.flatMap(({ gatewayUrl }) => gatewayUrl ?? []),
    bootstrap: (rows[0]?.bootstrap ?? []) as { host: string; port: number }[],
  };
}
