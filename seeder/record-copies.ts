import type { PrismaClient } from '../prisma/client/client.ts';
import type { MirrorState } from './mirror.ts';
import { recordLengths } from './record-lengths.ts';

/**
 * Writes down how far copies are; what is not known while a source is away stays as it was. Whether seeds are wrong is known
 * by the copy.
 */
export async function recordCopies(
  prisma: PrismaClient,
  states: readonly MirrorState[],
): Promise<void> {
  const copies = states.flatMap((state) => state.copies);
  await prisma.$transaction([
    recordLengths(prisma, copies),
    prisma.$executeRaw`
      UPDATE feeds AS f
      SET source_seen_at = CASE WHEN s.connected THEN now() ELSE f.source_seen_at END,
          source_fault = CASE WHEN s.connected THEN s.fault::source_fault
                              ELSE coalesce(s.fault::source_fault, nullif(f.source_fault, 'wrong_seeds')) END
      FROM unnest(
        ${states.map(({ feedId }) => feedId)}::uuid[],
        ${states.map(({ connected }) => connected)}::bool[],
        ${states.map(({ fault }) => fault)}::text[]
      ) AS s (id, connected, fault)
      WHERE f.id = s.id`,
  ]);
}
