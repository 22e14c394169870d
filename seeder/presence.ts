import type { NodeAddress } from 'hyperdht';
import type { PrismaClient } from '../prisma/client/client.ts';

/**
 * Says in the database that this seeder is up, and how its DHT is entered: by these nodes, none for the public DHT.
 * Dated by the database's clock, which readers compare with.
 */
export async function announcePresence(
  prisma: PrismaClient,
  noiseKey: Uint8Array,
  bootstrap: readonly NodeAddress[],
): Promise<void> {
  const nodes = JSON.stringify(bootstrap.map(({ host, port }) => ({ host, port })));
  await prisma.$executeRaw`
    INSERT INTO seeders (noise_key, bootstrap, seen_at)
    VALUES (${Uint8Array.from(noiseKey)}, ${nodes}::jsonb, now())
    ON CONFLICT (noise_key) DO UPDATE SET bootstrap = excluded.bootstrap, seen_at = now()`;
}

/** Takes this seeder off the list; one that was killed is known by its age. */
export async function withdrawPresence(prisma: PrismaClient, noiseKey: Uint8Array): Promise<void> {
  await prisma.seeder.deleteMany({ where: { noiseKey: Uint8Array.from(noiseKey) } });
}
