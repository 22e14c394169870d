/**
 * What is counted against a limit of its own: by address all but `sellers` and `uploads`, which are by seller, and what
 * is tried of an account's password: `guesses` by account and address, `emails` by account alone. Codes of buyers are
 * `guesses` by address. What buyers write to sellers is `messages` by buyer key and feed, and `senders` by address; what a
 * seller writes is `mailings`. Over the swarm, `asks` are by buyer key, and `orders` by key and by address. `trials`
 * are those that a browser without scripts asks for, by address.
 */
export const LIMITS = [
  'reads',
  'searches',
  'writes',
  'orders',
  'trials',
  'asks',
  'logins',
  'guesses',
  'emails',
  'challenges',
  'addresses',
  'sellers',
  'uploads',
  'messages',
  'senders',
  'mailings',
] as const;
export type LimitName = (typeof LIMITS)[number];

/** So many in so long. `uploads` counts KiB, all others requests. */
export interface Limit {
  amount: number;
  windowSeconds: number;
}
