import type { PrismaClient } from '../../prisma/client/client.ts';

const WORDS = ['tide', 'quake', 'river', 'traffic', 'orchard', 'glacier', 'harbour', 'satellite'];

/** Live listings as sellers have them: a feed that grew today, and three plans, one priced in euro. */
export async function stock(prisma: PrismaClient, listings: number): Promise<void> {
  const { id: seller } = await prisma.seller.create({ data: { name: 'Gauges of the coast' } });
  await prisma.$executeRaw`
    INSERT INTO listings (seller_id, slug, title, description, tags, licence, state, published_at, updated_at)
    SELECT ${seller}::uuid, 'gauge-' || n, initcap((${WORDS}::text[])[1 + n % 8]) || ' gauge ' || n,
           'Readings of the ' || (${WORDS}::text[])[1 + n / 8 % 8] || ' in the harbour, ' || repeat('every ten minutes, ', 15),
           ARRAY['place-' || n % 500, (${WORDS}::text[])[1 + n % 8]], 'CC-BY-4.0', 'live',
           now() - n * interval '1 minute', now()
    FROM generate_series(1, ${listings}::int) AS n`;
  await prisma.$executeRaw`
    INSERT INTO feeds (listing_id, block_schema) SELECT id, '{"type":"object"}' FROM listings WHERE seller_id = ${seller}::uuid`;
  await prisma.$executeRaw`
    INSERT INTO feed_cores (key, feed_id, discovery_key, length, byte_length, last_block_at)
    SELECT sha256(f.id::text::bytea), f.id, sha256((f.id || 'd')::bytea), 1000, 90000, now() - random() * interval '2 days'
    FROM feeds f JOIN listings l ON l.id = f.listing_id WHERE l.seller_id = ${seller}::uuid`;
  await prisma.$executeRaw`
    INSERT INTO feed_growth (feed_id, hour, blocks, bytes)
    SELECT f.id, date_trunc('hour', now(), 'UTC') - h * interval '1 hour', 6, 540
    FROM feeds f JOIN listings l ON l.id = f.listing_id, generate_series(0, 5) AS h
    WHERE l.seller_id = ${seller}::uuid`;
  await prisma.$executeRaw`
    INSERT INTO plans (listing_id, position, name, kind, price_msat, period_ms, currency, price_minor)
    SELECT l.id, p.position, p.name, p.kind::plan_kind, p.price_msat * (1 + abs(hashtext(l.slug)) % 97), p.period_ms,
           p.currency, p.price_minor
    FROM listings l, (VALUES
      (0, 'hour', 'time', 1000::bigint, 3600000::bigint, NULL, NULL::bigint),
      (1, 'week', 'time', 50000, 604800000, NULL, NULL),
      (2, 'year', 'time', NULL, 31536000000, 'EUR', 990)
    ) AS p (position, name, kind, price_msat, period_ms, currency, price_minor)
    WHERE l.seller_id = ${seller}::uuid`;
  await prisma.$executeRaw`ANALYZE`;
}
