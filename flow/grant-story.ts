import type { Tx } from './deps.ts';

/** What a log says of a grant that has changed, with the order that it was last bought with. */
export async function grantStory(
  tx: Pick<Tx, 'order'>,
  grant: { id: string; feedId: string; buyerKey: Uint8Array<ArrayBuffer> },
): Promise<{ orderId: string | undefined; grantId: string; feedId: string }> {
  const { id: grantId, feedId, buyerKey } = grant;
  const order = await tx.order.findFirst({
    where: { buyerKey, state: 'paid', listing: { feed: { id: feedId } } },
    orderBy: { createdAt: 'desc' },
    select: { id: true },
  });
  return { orderId: order?.id, grantId, feedId };
}
