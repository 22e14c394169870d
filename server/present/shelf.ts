import type { ShelfOrder as OrderRow, ShelfGrant, ShelfView } from '../../flow/read-shelf.ts';
import type { Shelf, ShelfOrder } from '../../web/pages/shelf/shelf.ts';
import type { ShelfItem } from '../../web/pages/shelf/shelf-item.ts';
import { presentGrant } from './grant.ts';

type Rows = Pick<Shelf, 'items' | 'orders' | 'nowMs'>;

export function presentShelf({ grants, orders, nowMs }: ShelfView): Rows {
  return {
    items: grants.map((grant) => presentItem(grant, orders)),
    orders: orders.filter(isUnfinished).map(presentShelfOrder),
    nowMs,
  };
}

export function presentItem(grant: ShelfGrant, orders: OrderRow[]): ShelfItem {
  const { isClaim, isMoved, feed } = grant;
  const { slug, title, state, seller, plans } = feed.listing;
  const own = orders.filter(
    (order) =>
      order.state === 'paid' &&
      order.listing.slug === slug &&
      Buffer.compare(order.buyerKey, grant.buyerKey) === 0,
  );
  const last = own.find(({ trial }) => !trial);
  const isSold = plans.some(({ name }) => name === last?.planName);
  return {
    grant: presentGrant({ ...grant, listingSlug: slug }),
    title,
    seller: seller.name,
    kind: feed.kind,
    isClaim,
    isMoved,
    again: last && isSold ? { plan: last.planName, quantity: last.quantity } : null,
    isForSale: state !== 'withdrawn',
    receipts: own.map(({ id, paidAt, createdAt, priceMsat }) => ({
      orderId: id,
      paidAtMs: (paidAt ?? createdAt).getTime(),
      priceMsat: priceMsat.toString(),
    })),
  };
}

const isUnfinished = ({ state, refundableMsat }: OrderRow) =>
  state !== 'paid' || refundableMsat > 0n;

function presentShelfOrder(order: OrderRow): ShelfOrder {
  return {
    id: order.id,
    title: order.listing.title,
    plan: order.planName,
    quantity: order.quantity,
    priceMsat: order.priceMsat.toString(),
    state: order.state,
    expiresAtMs: order.expiresAt.getTime(),
    refundableMsat: order.refundableMsat.toString(),
  };
}
