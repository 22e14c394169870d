import type { Announcement } from './announce.ts';

/** What is told of an order: its row, and where it was bought. */
export interface AnnouncedOrder {
  id: string;
  sellerId: string;
  slug: string;
  planName: string;
  quantity: number;
  buyerKey: Uint8Array;
  priceMsat: bigint;
}

export function orderPaid(order: AnnouncedOrder, paidAtMs: number): Announcement {
  const { id: subjectId, sellerId } = order;
  return {
    topic: 'order.paid',
    subjectId,
    sellerId,
    payload: { ...snapshot(order), paidAtMs },
  };
}

export function orderLapsed(order: AnnouncedOrder, lapsedAtMs: number): Announcement {
  const { id: subjectId, sellerId } = order;
  return {
    topic: 'order.lapsed',
    subjectId,
    sellerId,
    payload: { ...snapshot(order), lapsedAtMs },
  };
}

function snapshot({ id, slug, planName, quantity, buyerKey, priceMsat }: AnnouncedOrder) {
  return {
    orderId: id,
    listing: slug,
    plan: planName,
    quantity,
    buyerKey: Buffer.from(buyerKey).toString('hex'),
    priceMsat: priceMsat.toString(),
  };
}
