import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { invoiceOrder, type OrderRequest, reserveOrder } from '../../flow/place-order.ts';
import { putOrderOnShelf } from '../../flow/shelf.ts';
import { keyPairOfClaimCode } from '../../protocol/claim-code.ts';
import { keepClaimCode } from './claim-cookie.ts';
import type { PageDeps } from './deps.ts';
import { openOwnShelf } from './own-shelf.ts';
import { GoTo, type Visit } from './page-router.ts';

/**
 * Places an order for whoever visits, puts it on his shelf, and goes to its page. While the node is away it does so
 * all the same: the page says so, and asks for the invoice again.
 */
export async function takeOrder(
  deps: PageDeps,
  { req, res }: Visit,
  request: OrderRequest,
): Promise<GoTo | Refusal> {
  const reserved = await reserveOrder(deps, request);
  if (isRefusal(reserved)) return reserved;
  const { orderId, claimCode } = reserved;
  const claimKey = claimCode === null ? null : keyOf(claimCode);
  const shelfId = await openOwnShelf(deps, req);
  await putOrderOnShelf(deps.prisma, shelfId, orderId, claimKey);
  if (claimCode) keepClaimCode(deps, res, orderId, claimCode);
  await invoiceOrder(deps, orderId);
  return new GoTo(`/orders/${orderId}`);
}

function keyOf(claimCode: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(keyPairOfClaimCode(claimCode)!.publicKey);
}
