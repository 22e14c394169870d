import type { EventData, EventType } from '../domain/event.ts';
import type { Tx } from './deps.ts';

/** What a seller's webhooks hear of, as it was when it happened. */
export type SellerAnnouncement = {
  [T in EventType]: { topic: T; subjectId: string; sellerId: string; payload: EventData[T] };
}[EventType];

/** `grant.changed` is for ourselves: the end of the grant has to be scheduled. */
export type Announcement = SellerAnnouncement | { topic: 'grant.changed'; subjectId: string };

/** Writes to the outbox what others must hear of, in the transaction in which it happens. */
export async function announce(tx: Tx, ...announcements: Announcement[]): Promise<void> {
  await tx.outbox.createMany({
    data: announcements.map((each) =>
      'payload' in each ? { ...each, payload: { ...each.payload } } : each,
    ),
  });
}
