import type { z } from 'zod';
import type { messageQuery } from '../contract/message.ts';
import type { MessageFilter } from '../flow/read-messages.ts';

/** Which messages a query asks for. */
export function asMessageFilter({
  listing,
  buyerKey,
  name,
  direction,
  unread,
}: Omit<z.output<typeof messageQuery>, 'limit' | 'cursor'>): MessageFilter {
  const key = buyerKey === undefined ? undefined : Uint8Array.from(Buffer.from(buyerKey, 'hex'));
  const way = direction && (direction === 'to-buyer' ? 'to_buyer' : 'to_seller');
  return { listingSlug: listing, buyerKey: key, name, direction: way, isUnread: unread };
}
