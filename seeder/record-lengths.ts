import type { Prisma, PrismaClient } from '../prisma/client/client.ts';

/** How long a core is now. What is null is not known, and stays as it was. */
export interface CoreLength {
  /** Hex. */
  key: string;
  length: number;
  byteLength: number | null;
  /** Mirrored: how long it is at the seller's machine. */
  sourceLength?: number | null;
}

/**
 * Writes down how long cores are, and in the same statement by how much their feeds have grown this hour: so what a feed
 * grew by is always the sum of its cores' lengths, and nothing that is said again, after a crash or by another seeder,
 * counts twice. A core never gets shorter: who says so has a copy that is behind. Of a Hyperdrive the blocks of files and of blobs count alike; what is copied from a seller's machine counts when it arrives.
 */
export function recordLengths(
  prisma: PrismaClient,
  cores: readonly CoreLength[],
): Prisma.PrismaPromise<number> {
  return prisma.$executeRaw`
    WITH grown AS (
      UPDATE feed_cores AS c
      SET length = greatest(s.length, c.length),
          byte_length = greatest(s.byte_length, c.byte_length),
          source_length = coalesce(s.source_length, c.source_length),
          last_block_at = CASE WHEN s.length > c.length THEN now() ELSE c.last_block_at END
      FROM unnest(
        ${cores.map(({ key }) => key)}::text[],
        ${cores.map(({ length }) => length)}::int8[],
        ${cores.map(({ byteLength }) => byteLength)}::int8[],
        ${cores.map(({ sourceLength }) => sourceLength ?? null)}::int8[]
      ) AS s (key, length, byte_length, source_length)
      WHERE c.key = decode(s.key, 'hex')
      RETURNING c.feed_id, new.length - old.length AS blocks, new.byte_length - old.byte_length AS bytes)
    INSERT INTO feed_growth (feed_id, hour, blocks, bytes)
    SELECT feed_id, date_trunc('hour', now(), 'UTC'), sum(blocks), sum(bytes) FROM grown
    WHERE blocks <> 0 OR bytes <> 0 GROUP BY feed_id ORDER BY feed_id
    ON CONFLICT (feed_id, hour) DO UPDATE
    SET blocks = feed_growth.blocks + excluded.blocks, bytes = feed_growth.bytes + excluded.bytes`;
}
