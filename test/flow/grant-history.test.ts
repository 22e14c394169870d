import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysOf } from '../../domain/day-range.ts';
import { readGrantHistory } from '../../flow/read-analytics.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { createDatabase } from '../support/database.ts';

const CHANGES = 120_000;
const DAYS = 300;
// Counted anew for each day, as they once were, they take longer than the database waits.
const BOUND_MS = 10_000;

/** Writes the log of a hundred grants that are issued anew every day, past the triggers: they would take minutes. */
async function writeHistory(prisma: PrismaClient, feedId: string): Promise<void> {
  await prisma.$transaction([
    prisma.$executeRaw`SET LOCAL session_replication_role = replica`,
    prisma.$executeRaw`
      INSERT INTO grants (id, feed_id, buyer_key, starts_at)
      SELECT uuidv7(), ${feedId}::uuid, sha256(i::text::bytea), now() FROM generate_series(1, 100) AS i`,
    prisma.$executeRaw`
      INSERT INTO grant_log (seq, grant_id, feed_id, buyer_key, change, starts_at, expires_at, at)
      SELECT i, g.id, g.feed_id, g.buyer_key, 'issued', now(), now(), now() - (i % ${DAYS}::int) * interval '1 day'
      FROM generate_series(1, ${CHANGES}::int) AS i
      JOIN (SELECT *, row_number() OVER () AS place FROM grants) AS g ON g.place = 1 + i % 100`,
  ]);
}

test('the history of many grants takes as long as they are many, however many days it has', async () => {
  await using db = await createDatabase();
  const { prisma } = db;
  const { id: sellerId } = await prisma.seller.create({ data: { name: 'Seller' } });
  const text = { title: '', description: '', tags: [], licence: '' };
  const { id: listingId } = await prisma.listing.create({
    data: { sellerId, slug: 'many', ...text },
  });
  const { id: feedId } = await prisma.feed.create({ data: { listingId, blockSchema: {} } });
  await writeHistory(prisma, feedId);
  const day = (daysAgo: number) =>
    new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const range = { from: day(364), to: day(0) };
  const startedAtMs = performance.now();
  const history = await readGrantHistory(prisma, { sellerId, listingSlug: undefined, range });
  assert.ok(performance.now() - startedAtMs < BOUND_MS);
  assert.deepEqual(
    history.map((each) => each.day),
    daysOf(range),
  );
  assert.equal(history[0]!.issued, 0);
  assert.equal(
    history.reduce((sum, { issued }) => sum + issued, 0),
    CHANGES,
  );
});
