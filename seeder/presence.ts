import type { NodeAddress } from 'hyperdht';
import type { PrismaClient } from '../prisma/client/client.ts';

/**
 * Says in the database that this seeder is up, how its DHT is entered (by these nodes, none for the public DHT), and where
 * its HTTP gateway is, if it has one.
 * Dated by the database's clock, which readers compare with.
 */
export async function announcePresence(
  prisma: PrismaClient,
  noiseKey: Uint8Array,
  bootstrap: readonly NodeAddress[],
  gatewayUrl: string | null,
): Promise<void> {
  const nodes = JSON.stringify(bootstrap.map(({ host, port }) => ({ host, port })));
  await prisma.$executeRaw`
    INSERT INTO seeders (noise_key, bootstrap, gateway_url, seen_at)
    VALUES (${Uint8Array.from(noiseKey)}, ${nodes}::jsonb, ${gatewayUrl}, now())
    ON CONFLICT (noise_key) DO UPDATE
    SET bootstrap = excluded.bootstrap, gateway_url = excluded.gateway_url, seen_at = now()`;
}

/** Takes this seeder off the list; one that was killed is known by its age. */
export async function withdrawPresence(prisma: PrismaClient, noiseKey: Uint8Array): Promise<void> {
  await prisma.seeder.deleteMany({ where: { noiseKey: Uint8Array.from(noiseKey) } });
}
