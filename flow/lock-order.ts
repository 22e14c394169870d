import { type Plan, quote } from '../domain/plan.ts';
import { type PlanReach, type Reach, reachOf } from '../domain/reach.ts';
import type { Tx } from './deps.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface LockedOrder {
  id: string;
  state: 'open' | 'paid' | 'lapsed';
  priceMsat: bigint;
  /** What the same plan and quantity cost now; null when they are no longer for sale. */
  currentPriceMsat: bigint | null;
  durationMs: number | null;
  /** What it opens: of a held payment as when that arrived, of any other as now. */
  reach: Reach;
  buyerKey: Bytes;
  feedId: string;
  sellerId: string;
  slug: string;
  planName: string;
  quantity: number;
}

interface Row extends PlanReach {
  id: string;
  state: LockedOrder['state'];
  priceMsat: bigint;
  quantity: number;
  durationMs: bigint | null;
  buyerKey: Bytes;
  feedId: string;
  sellerId: string;
  slug: string;
  isForSale: boolean;
  planName: string;
  planKind: Plan['kind'];
  planPriceMsat: bigint | null;
  planPeriodMs: bigint | null;
  isPricedAsLocked: boolean | null;
  heldFromBlock: bigint | null;
  length: bigint;
}

/**
 * The order that an invoice is for, locked until the transaction ends: settling and lapsing of one order wait for each
 * other, and settled wins, whoever comes first. All that judging a payment needs comes in the one query, for this is
 * what every settlement does.
 */
export async function lockOrder(tx: Tx, paymentHash: Bytes): Promise<LockedOrder | null> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT o.id, o.state::text, o.price_msat AS "priceMsat", o.quantity, o.duration_ms AS "durationMs",
           o.buyer_key AS "buyerKey", f.id AS "feedId", l.seller_id AS "sellerId", l.slug, p.name AS "planName",
           p.retired_at IS NULL AND l.state <> 'withdrawn' AS "isForSale",
           p.kind::text AS "planKind", p.price_msat AS "planPriceMsat", p.period_ms AS "planPeriodMs",
           p.currency = o.currency AND p.price_minor * o.quantity <= o.price_minor AS "isPricedAsLocked",
           p.history::text, p.history_blocks AS "historyBlocks", p.max_connections AS "maxConnections",
           i.from_block AS "heldFromBlock", coalesce(c.length, 0) AS length
    FROM invoices i
    JOIN orders o ON o.id = i.order_id
    JOIN plans p ON p.id = o.plan_id
    JOIN listings l ON l.id = o.listing_id
    JOIN feeds f ON f.listing_id = l.id
    LEFT JOIN feed_cores c ON c.feed_id = f.id AND c.role = 'data'
    WHERE i.payment_hash = ${paymentHash}
    FOR UPDATE OF o`;
  if (!row) return null;
  const { id, state, priceMsat, feedId, sellerId, slug, planName, quantity } = row;
  return {
    id,
    state,
    priceMsat,
    feedId,
    sellerId,
    slug,
    planName,
    quantity,
    currentPriceMsat: row.isForSale ? priceNow(row) : null,
    durationMs: row.durationMs === null ? null : Number(row.durationMs),
    reach: reachNow(row),
    buyerKey: Uint8Array.from(row.buyerKey),
  };
}

// What was let in by a held payment is not taken back when that is taken.
function reachNow(row: Row): Reach {
  const reach = reachOf(row, row.length);
  return { ...reach, fromBlock: row.heldFromBlock ?? reach.fromBlock };
}

// A price in a currency is compared in that currency: while it is no higher, the msat it was locked at are still fair,
// whatever the rate has done meanwhile.
function priceNow(row: Row): bigint | null {
  const { planKind, planPriceMsat, planPeriodMs, quantity } = row;
  if (planPriceMsat === null) return row.isPricedAsLocked ? row.priceMsat : null;
  const periodMs = planPeriodMs === null ? null : Number(planPeriodMs);
  const quoted = quote({ kind: planKind, priceMsat: planPriceMsat, periodMs }, quantity);
  return 'refused' in quoted ? null : quoted.priceMsat;
}
