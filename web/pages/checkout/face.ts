import type { Order } from '../../../contract/index.ts';

/**
 * What the checkout shows of an order:
 * - `preparing`: the node gave no invoice yet; `waiting`: there is something to pay; `held`: a payment has arrived and
 *   is taken once the access is there; `closing`: its time is over, and the node is being told so;
 * - `paid`: access; `coming`: paid, access not seen yet; `ended`: access that is over, was revoked or moved;
 * - `expired`: nobody paid in time; `returned`: a held payment went back; `late`, `underpaid`: a payment that bought
 *   nothing, and is owed back.
 */
export type Face =
  | 'preparing'
  | 'waiting'
  | 'held'
  | 'closing'
  | 'paid'
  | 'coming'
  | 'ended'
  | 'expired'
  | 'returned'
  | 'late'
  | 'underpaid';

/** @param wasHeld whether a payment of a hold invoice had arrived */
export function faceOf(order: Order, wasHeld: boolean): Face {
  const { state, payments, invoice, expiresAtMs, nowMs } = order;
  if (state === 'paid') return paidFace(order);
  const outcome = payments.at(-1)?.outcome;
  if (outcome) return outcome === 'underpaid' ? 'underpaid' : 'late';
  if (invoice?.state === 'held') return 'held';
  const isOver = state === 'lapsed' || invoice?.state === 'cancelled';
  if (isOver) return wasHeld ? 'returned' : 'expired';
  if (expiresAtMs <= nowMs) return 'closing';
  return invoice ? 'waiting' : 'preparing';
}

function paidFace({ grant, nowMs }: Order): Face {
  if (!grant) return 'coming';
  const isOver = grant.expiresAtMs !== null && grant.expiresAtMs <= nowMs;
  return grant.state === 'live' && !isOver ? 'paid' : 'ended';
}

/** Faces that something changes by itself, and soon. */
export const PASSING_FACES: ReadonlySet<Face> = new Set<Face>([
  'preparing',
  'waiting',
  'held',
  'closing',
  'coming',
]);
