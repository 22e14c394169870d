import type { PrismaClient } from '../prisma/client/client.ts';
import type { MirrorState } from './mirror.ts';

/** Writes down how far copies are; what is not known while a source is away stays as it was. */
export async function recordCopies(
  prisma: PrismaClient,
  states: readonly MirrorState[],
): Promise<void> {
  const copies = states.flatMap((state) => state.copies);
  await prisma.$transaction([
    prisma.$executeRaw`
      UPDATE feed_cores AS c
      SET length = s.length,
          byte_length = coalesce(s.byte_length, c.byte_length),
          source_length = coalesce(s.source_length, c.source_length),
          last_block_at = CASE WHEN s.length > c.length THEN now() ELSE c.last_block_at END
      FROM unnest(
        ${copies.map(({ key }) => key)}::text[],
        ${copies.map(({ length }) => length)}::int8[],
        ${copies.map(({ byteLength }) => byteLength)}::int8[],
        ${copies.map(({ sourceLength }) => sourceLength)}::int8[]
      ) AS s (key, length, byte_length, source_length)
      WHERE c.key = decode(s.key, 'hex')`,
    prisma.$executeRaw`
      UPDATE feeds AS f
      SET source_seen_at = CASE WHEN s.connected THEN now() ELSE f.source_seen_at END,
          source_fault = CASE WHEN s.connected THEN s.fault::source_fault
                              ELSE coalesce(s.fault::source_fault, f.source_fault) END
      FROM unnest(
        ${states.map(({ feedId }) => feedId)}::uuid[],
        ${states.map(({ connected }) => connected)}::bool[],
        ${states.map(({ fault }) => fault)}::text[]
      ) AS s (id, connected, fault)
      WHERE f.id = s.id`,
  ]);
}
