import crypto from 'hypercore-crypto';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type Found, MAX_CORES } from './read-autobase.ts';

/**
 * Gives an Autobase the cores that were found to belong to it: only what stands in the catalogue is copied and served. One
 * that is another feed's already stays there.
 *
 * @returns false when other seeders have found more, which is yet to be copied and read here: nothing is changed then
 */
export async function recordAutobase(
  prisma: PrismaClient,
  feedId: string,
  { cores, systemLength }: Found,
): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM feeds WHERE id = ${feedId}::uuid FOR UPDATE`;
    const rows = await tx.feedCore.findMany({
      where: { feedId },
      select: { role: true, key: true, length: true },
    });
    const system = rows.find(({ role }) => role === 'system');
    if (system && system.length > systemLength) return false;
    const isFound = (id: string) => cores.some(({ key }) => hex(key) === id);
    if (!rows.every(({ key }) => isFound(hex(key)))) return false;
    const keyed = new Map(rows.map((row) => [hex(row.key), row]));
    const moved = cores.filter(({ role, key }) => (keyed.get(hex(key))?.role ?? role) !== role);
    // Two may change places, and no two have one role at any time.
    for (const { key } of moved) await setRole(`moving-${hex(key).slice(0, 16)}`, key);
    for (const { role, key } of moved) await setRole(role, key);
    await tx.feedCore.createMany({
      data: cores
        .filter(({ key }) => !keyed.has(hex(key)))
        .slice(0, MAX_CORES - rows.length)
        .map(({ role, key }) => ({
          feedId,
          role,
          consents: true,
          key: Uint8Array.from(key),
          discoveryKey: Uint8Array.from(crypto.discoveryKey(key)),
        })),
      skipDuplicates: true,
    });
    return true;

    function setRole(role: string, key: Buffer) {
      return tx.feedCore.update({ where: { key: Uint8Array.from(key) }, data: { role } });
    }
  });
}

function hex(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex');
}
