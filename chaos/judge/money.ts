import type { Stand } from '../stand.ts';

const DAY_MS = 86_400_000n;

/** I2 and I4, from the payer's side: what his node says it has paid, the market has recorded once and given for. */
export async function judgeMoney(stand: Stand): Promise<void> {
  const { db, wallet, witness } = stand;
  const paid = await wallet.paid();
  const rows = await db.prisma.payment.findMany();
  const recorded = new Map(rows.map((row) => [hexOf(row.paymentHash), row]));
  for (const [hash, amountMsat] of paid) {
    const row = recorded.get(hash);
    if (!row) witness.violate('I4', 'loss', `${hash} was paid and is not recorded`);
    else if (row.receivedMsat < amountMsat) {
      witness.violate(
        'I4',
        'loss',
        `${hash}: ${amountMsat} msat paid, ${row.receivedMsat} recorded`,
      );
    } else if (row.outcome === 'unknown') {
      witness.violate('I4', 'loss', `${hash} was paid and belongs to no order`);
    }
  }
  for (const hash of recorded.keys()) {
    if (!paid.has(hash)) witness.violate('I2', 'double', `${hash} is recorded, and nobody paid it`);
  }
  witness.figures.set('payments recorded', recorded.size);
  judgeOutcomes(stand, paid);
  await judgeTerms(stand);
}

/** What a payer was told at once must be what his node says in the end. */
function judgeOutcomes({ witness }: Stand, paid: ReadonlyMap<string, bigint>): void {
  for (const { paymentHash, paid: told, orderId, kind } of witness.purchases) {
    if (!paymentHash || told === null || told === 'unresolved') continue;
    if (paid.has(paymentHash) !== (told === 'succeeded')) {
      witness.odd(`order ${orderId} (${kind}): the wallet said ${told}, and now otherwise`);
    }
  }
}

/** Time that was bought is given in full and once: a key's days are as many as its paid orders ask for. */
async function judgeTerms({ db, witness }: Stand): Promise<void> {
  const rows = await db.prisma.$queryRaw<
    { key: string; given: bigint | null; bought: bigint | null }[]
  >`
    SELECT encode(g.buyer_key, 'hex') AS key,
      (extract(epoch FROM g.expires_at - first.starts_at) * 1000)::bigint AS given, o.bought
    FROM grants g
    CROSS JOIN LATERAL (
      SELECT starts_at FROM grant_log l WHERE l.grant_id = g.id ORDER BY seq LIMIT 1) first
    CROSS JOIN LATERAL (
      SELECT sum(o.duration_ms)::bigint AS bought, bool_or(o.duration_ms IS NULL) AS endless
      FROM orders o JOIN feeds f ON f.listing_id = o.listing_id
      WHERE f.id = g.feed_id AND o.buyer_key = g.buyer_key AND o.state = 'paid') o
    WHERE g.expires_at IS NOT NULL AND NOT o.endless`;
  for (const { key, given, bought } of rows) {
    const difference = (given ?? 0n) - (bought ?? 0n);
    if (difference === 0n) continue;
    const [kind, word] =
      difference > 0n ? (['double', 'more'] as const) : (['loss', 'less'] as const);
    witness.violate(
      'I2',
      kind,
      `${key} has ${difference} ms (${difference / DAY_MS} days) ${word} than it bought`,
    );
  }
  witness.figures.set('grants', rows.length);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
