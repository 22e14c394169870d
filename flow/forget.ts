import type { PrismaClient } from '../prisma/client/client.ts';
import { forgetMessages } from './forget-messages.ts';

/**
 * Deletes what was kept to recognise repetitions, when nobody repeats any more: answers after a day; batches that stand
 * in their core, files in their drive and delivered outbox rows after a week; webhooks after 30 days, whatever became of
 * them. Deletes messages, sessions, login challenges and key codes that are over, shelves of
 * browsers that do not come any more, what came of a file that broke off, and after two years who
 * looked at a listing; what a feed grew by hour is kept for 90 days. Payments, ledger and grant log are kept for ever.
 */
export async function forget(prisma: PrismaClient): Promise<void> {
  await prisma.$executeRaw`DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'`;
  await prisma.$executeRaw`DELETE FROM append_batches WHERE appended_at < now() - interval '7 days'`;
  await prisma.$executeRaw`DELETE FROM file_writes WHERE written_at < now() - interval '7 days'`;
  await prisma.$executeRaw`
    DELETE FROM file_writes AS w WHERE ready_at IS NULL AND created_at < now() - interval '1 hour' AND NOT EXISTS (
      SELECT 1 FROM file_chunks AS c WHERE c.write_id = w.id AND c.created_at > now() - interval '1 hour')`;
  await prisma.$executeRaw`DELETE FROM sessions WHERE expires_at < now()`;
  await prisma.$executeRaw`DELETE FROM login_challenges WHERE expires_at < now()`;
  await prisma.$executeRaw`DELETE FROM key_codes WHERE expires_at < now()`;
  // A browser's session outlives its last visit by 30 days, and a visit is noted once a day.
  await prisma.$executeRaw`DELETE FROM shelves WHERE seller_id IS NULL AND seen_at < now() - interval '32 days'`;
  await prisma.$executeRaw`DELETE FROM outbox WHERE delivered_at < now() - interval '7 days'`;
  await prisma.$executeRaw`DELETE FROM webhook_events WHERE at < now() - interval '30 days'`;
  await forgetMessages(prisma);
  await prisma.$executeRaw`DELETE FROM listing_views WHERE day < now() - interval '2 years'`;
  await prisma.$executeRaw`DELETE FROM feed_growth WHERE hour < now() - interval '90 days'`;
  await prisma.$executeRaw`DELETE FROM feed_peers WHERE said_at < now() - interval '1 day'`;
  await prisma.$executeRaw`DELETE FROM rate_limits WHERE expire < extract(epoch FROM now()) * 1000`;
}
