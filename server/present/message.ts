import type { Message } from '../../contract/message.ts';
import type { Json } from '../../domain/message.ts';
import type { MessageRow } from '../../flow/read-messages.ts';

export function presentMessage(row: MessageRow): Message {
  return {
    seq: row.seq.toString(),
    listing: row.listingSlug,
    direction: row.direction === 'to_buyer' ? 'to-buyer' : 'to-seller',
    buyerKey: row.buyerKey && Buffer.from(row.buyerKey).toString('hex'),
    name: row.name,
    body: row.body as Json,
    sentAtMs: row.sentAt.getTime(),
    readAtMs: row.readAt?.getTime() ?? null,
  };
}
