import type { Json } from './message.ts';

/** What sellers can be told of. The list is closed: each type has its data below and its schema in the contract. */
export const EVENT_TYPES = [
  'order.paid',
  'order.lapsed',
  'payment.late',
  'grant.issued',
  'grant.extended',
  'grant.expired',
  'grant.revoked',
  'grant.restored',
  'message.received',
  'listing.created',
  'listing.updated',
  'listing.published',
  'listing.unlisted',
  'listing.withdrawn',
  'payout.paid',
  'payout.failed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Amounts are decimal strings of msat, keys and hashes hex, times milliseconds since the epoch. */
interface OrderData {
  orderId: string;
  /** The listing's slug. */
  listing: string;
  plan: string;
  quantity: number;
  buyerKey: string;
  priceMsat: string;
}

/** A free order is paid as soon as it is placed, with nothing received. */
export interface OrderPaid extends OrderData {
  paidAtMs: number;
}

export interface OrderLapsed extends OrderData {
  lapsedAtMs: number;
}

/** A payment that came too late, or was less or more than asked for. */
export interface PaymentLate {
  orderId: string;
  listing: string;
  paymentHash: string;
  outcome: 'late_honoured' | 'late_refundable' | 'underpaid' | 'overpaid';
  receivedMsat: string;
  /** What is owed back to the payer. */
  refundableMsat: string;
  settledAtMs: number;
}

export interface GrantChanged {
  grantId: string;
  listing: string;
  feedId: string;
  buyerKey: string;
  startsAtMs: number;
  /** null: access without an end. */
  expiresAtMs: number | null;
  /** What the seller gave as the reason; null when nobody was asked. */
  reason: string | null;
}

export interface MessageReceived {
  /** The message's number at this market. */
  seq: string;
  listing: string;
  feedId: string;
  buyerKey: string;
  name: string;
  body: Json;
  sentAtMs: number;
}

export interface ListingChanged {
  listingId: string;
  listing: string;
  title: string;
  state: 'draft' | 'live' | 'unlisted' | 'withdrawn';
  version: number;
}

export interface PayoutEnded {
  payoutId: string;
  kind: 'withdrawal' | 'refund';
  /** The order that is refunded. */
  orderId: string | null;
  paymentHash: string;
  amountMsat: string;
  /** null when it failed. */
  feeMsat: string | null;
  /** Why it failed. */
  failure: string | null;
  endedAtMs: number;
}

export interface EventData {
  'order.paid': OrderPaid;
  'order.lapsed': OrderLapsed;
  'payment.late': PaymentLate;
  'grant.issued': GrantChanged;
  'grant.extended': GrantChanged;
  'grant.expired': GrantChanged;
  'grant.revoked': GrantChanged;
  'grant.restored': GrantChanged;
  'message.received': MessageReceived;
  'listing.created': ListingChanged;
  'listing.updated': ListingChanged;
  'listing.published': ListingChanged;
  'listing.unlisted': ListingChanged;
  'listing.withdrawn': ListingChanged;
  'payout.paid': PayoutEnded;
  'payout.failed': PayoutEnded;
}
