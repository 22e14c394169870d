import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { PrismaClient } from '../../prisma/client/client.ts';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** Whether every migration of this version is applied to the database. */
export async function isMigrated(prisma: PrismaClient): Promise<boolean> {
  const entries = await readdir(MIGRATIONS_DIR, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const rows = await prisma.$queryRaw<{ migration_name: string }[]>`
    SELECT migration_name FROM _prisma_migrations
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`;
  const applied = new Set(rows.map(({ migration_name }) => migration_name));
  return names.every((name) => applied.has(name));
}
