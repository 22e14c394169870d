import type { Logger } from 'pino';
import { addSpan } from '../ports/trace.ts';
import type { GrantLog, PrismaClient } from '../prisma/client/client.ts';

// Of a key that has bought this often since, the order is not told any more.
const ORDERS_LOOKED_AT = 50;

const WORDS = {
  issued: 'admitted',
  extended: 'admitted',
  restored: 'admitted',
  expired: 'cut',
  revoked: 'cut',
} as const;

/** A row of the grant log, and when the gate was told of it. */
export interface AppliedRow extends GrantLog {
  appliedAtMs: number;
}

interface Story {
  seq: bigint;
  orderId: string | null;
  traceParent: string | null;
}

/**
 * Logs what the gate was told under the orders that it came from, and adds it to their traces. It is told afterwards,
 * for nobody is to wait for it who has paid, or be served until it is done.
 */
export async function tellGrants(
  prisma: PrismaClient,
  log: Logger,
  rows: readonly AppliedRow[],
): Promise<void> {
  const stories = new Map((await readStories(prisma, rows)).map((story) => [story.seq, story]));
  for (const row of rows) tellOne(log, row, stories.get(row.seq));
}

function tellOne(log: Logger, row: AppliedRow, story: Story | undefined): void {
  const { seq, grantId, feedId, change, expiresAt, appliedAtMs } = row;
  const orderId = story?.orderId ?? undefined;
  const paymentHash = row.paymentHash ? Buffer.from(row.paymentHash).toString('hex') : undefined;
  const ids = { orderId, paymentHash, grantId, feedId, seq };
  const isAdmission = WORDS[change] === 'admitted';
  const traceId =
    isAdmission && story?.traceParent
      ? addSpan('apply grant', {
          parent: story.traceParent,
          kind: 'consumer',
          startedAtMs: row.at.getTime(),
          endedAtMs: Math.max(appliedAtMs, row.at.getTime()),
          attributes: {
            'dazaar.order_id': orderId,
            'dazaar.payment_hash': paymentHash,
            'dazaar.grant_id': grantId,
            'dazaar.outcome': change,
          },
        })
      : undefined;
  log.info({ ...ids, change, expiresAt, traceId }, WORDS[change]);
}

// By the payment where there was one, or else the last order of that key for that feed.
function readStories(prisma: PrismaClient, rows: readonly AppliedRow[]): Promise<Story[]> {
  return prisma.$queryRaw<Story[]>`
    SELECT l.seq, coalesce(p.id, o.id) AS "orderId", coalesce(p.trace_parent, o.trace_parent) AS "traceParent"
    FROM grant_log l
    LEFT JOIN invoices i ON i.payment_hash = l.payment_hash
    LEFT JOIN orders p ON p.id = i.order_id
    LEFT JOIN LATERAL (
      SELECT n.id, n.trace_parent FROM (
        SELECT * FROM orders WHERE buyer_key = l.buyer_key ORDER BY created_at DESC LIMIT ${ORDERS_LOOKED_AT}
      ) n JOIN feeds f ON f.listing_id = n.listing_id
      WHERE l.payment_hash IS NULL AND f.id = l.feed_id AND n.state = 'paid' ORDER BY n.paid_at DESC LIMIT 1
    ) o ON true
    WHERE l.seq = ANY (${rows.map(({ seq }) => seq)})`;
}
