import type { EventType } from '../../../domain/event.ts';

/** What a webhook can be told of, in groups. */
export const EVENT_GROUPS: [group: string, events: [type: EventType, says: string][]][] = [
  [
    'Orders and payments',
    [
      ['order.paid', 'an order was paid, or was free'],
      ['order.lapsed', 'an order was not paid in time'],
      ['payment.late', 'a payment was late, or less or more than asked for'],
    ],
  ],
  [
    'Access',
    [
      ['grant.issued', 'a buyer got access'],
      ['grant.extended', 'a buyer got more time'],
      ['grant.expired', 'a buyer’s time is over'],
      ['grant.revoked', 'access was ended before its time'],
      ['grant.restored', 'a revocation was taken back'],
    ],
  ],
  ['Messages', [['message.received', 'a buyer wrote to you']]],
  [
    'Listings',
    [
      ['listing.created', 'a listing was written'],
      ['listing.updated', 'a listing was changed'],
      ['listing.published', 'a listing was put on sale'],
      ['listing.unlisted', 'a listing was taken off sale'],
      ['listing.withdrawn', 'a listing was withdrawn for good'],
    ],
  ],
  [
    'Payouts',
    [
      ['payout.paid', 'a payout or refund arrived'],
      ['payout.failed', 'a payout or refund failed'],
    ],
  ],
];
