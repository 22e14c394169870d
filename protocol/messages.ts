import { z } from 'zod';
import type { Json } from '../domain/message.ts';
import { epochSeedsJson } from './epoch-tree.ts';
import { seederAttestation } from './seeder-attestation.ts';

export { MAX_BODY_BYTES } from '../domain/message.ts';

/** The Protomux protocol name that buyers and seeders speak beside Hypercore's own. */
export const PROTOCOL = 'dazaar/2';

/** Counts additions: whoever hears a greater one speaks as always, for what is unknown is ignored. */
export const MINOR = 0;

/** The largest message either side accepts, in bytes; a larger one closes the channel. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** The largest answer: a card comes with its terms of use. */
export const MAX_ANSWER_BYTES = 512 * 1024;

/** How deep a message may nest; what goes deeper closes the channel. */
export const MAX_DEPTH = 64;

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const msat = z.string().regex(/^\d{1,19}$/);
const timeMs = z.int().nonnegative();
const index = z.int().nonnegative();
/** A name on one line: no control characters, no halves of characters. */
const word = z
  .string()
  .max(64)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
const text = z.string().max(2_000);
/**
 * Any JSON. What is checked here was JSON a moment ago, and so is not walked again: of half a megabyte of brackets that
 * took a second.
 */
const json = z.custom<Json>((value) => value !== undefined);
/** A message's number at a market: it grows with each. */
const seq = z.string().regex(/^\d{1,19}$/);
/** Counts a peer's questions; the answer repeats it. */
const id = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** The first message of either side. */
export const hello = z.object({
  minor: z.int().nonnegative(),
  /** Who speaks, for logs: `dazaar/0.1.0`. */
  agent: word,
  /** Buyer: 16 random bytes in hex that stay the same on one machine, so that who reconnects is not taken for a second one. */
  device: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  /** Seeder: that the market lets it speak for it. */
  attestation: seederAttestation.optional(),
});
export type Hello = z.infer<typeof hello>;

/** What a plan sells, and for how much. */
export const planOffer = z.object({
  name: word,
  kind: z.enum(['time', 'forever', 'free', 'trial']),
  /** Of one period; null while the market knows no rate of the currency. */
  priceMsat: msat.nullable(),
  /** A price in a currency, in its minor unit; null for one in msat. */
  price: z.object({ currency: z.string().length(3), amountMinor: z.int() }).nullable(),
  periodMs: z.int().positive().nullable(),
  /** Which of the blocks that are there already it opens. */
  history: z.enum(['all', 'from-purchase', 'last']),
  /** Of `last`: how many. */
  historyBlocks: z.int().positive().nullable(),
  /** How many machines may be connected with one key; null: as many as the seeder allows. */
  maxConnections: z.int().positive().nullable(),
  /** Of a free plan that is not tracked: nobody has to order it. */
  tracked: z.boolean(),
});
export type PlanOffer = z.infer<typeof planOffer>;

/** Seeder to buyer: your key may replicate these cores until then (null: no end), by the market's clock. */
export const valid = z.object({
  feedId: z.uuid(),
  cores: z.array(z.object({ role: word, key: hex32, fromBlock: index })).max(256),
  expiresAtMs: timeMs.nullable(),
  leftMs: timeMs.nullable(),
  maxConnections: z.int().positive().nullable(),
  /** Of a sealed feed: what opens the epochs that this access is for, up to a little ahead of now. More comes in time. */
  seal: z
    .object({ epochMs: z.int().positive(), seeds: z.array(epochSeedsJson).max(16) })
    .optional(),
  nowMs: timeMs,
});
export type Valid = z.infer<typeof valid>;

/** Seeder to buyer: your key may not, or no longer, replicate this feed; and what would change that. */
export const invalid = z.object({
  feedId: z.uuid(),
  reason: z.enum(['expired', 'revoked', 'no-grant', 'too-many-connections', 'unavailable']),
  /** The plans on sale; null when none is, or the seeder does not know. */
  plans: z.array(planOffer).max(100).nullable(),
});
export type Invalid = z.infer<typeof invalid>;

/** Seeder to buyer: access that goes on for now is about to end. */
export const expiring = z.object({
  feedId: z.uuid(),
  expiresAtMs: timeMs,
  leftMs: timeMs,
  nowMs: timeMs,
});
export type Expiring = z.infer<typeof expiring>;

/** Buyer to seeder: tell me how I stand with this feed, now and whenever it changes; answered by `valid` or `invalid`. */
export const subscribe = z.object({
  feedId: z.uuid(),
  /** The last message that was received, to get those after it; left out: only new ones. */
  messagesAfter: seq.optional(),
});
export type Subscribe = z.infer<typeof subscribe>;

const question = z.discriminatedUnion('what', [
  /** The signed card of the feed with this core, and whose feed it is. */
  z.object({ id, what: z.literal('card'), core: hex32 }),
  /** What a purchase would cost now. */
  z.object({
    id,
    what: z.literal('quote'),
    feedId: z.uuid(),
    plan: word,
    quantity: z.int().min(1).max(1000),
  }),
  /** Orders, once for each idempotency key; the buyer is the key of the connection. */
  z.object({
    id,
    what: z.literal('order'),
    feedId: z.uuid(),
    plan: word,
    quantity: z.int().min(1).max(1000),
    /** The hash of the terms of use that the buyer accepts. */
    acceptTerms: hex32.optional(),
    /** The most that the buyer agrees to; left out: whatever it costs. */
    maxPriceMsat: msat.optional(),
    idempotencyKey: z.string().regex(/^[\x21-\x7e]{22,64}$/),
    /** Of a trial: what it cost to ask for, see trial-work. */
    work: z.string().max(64).optional(),
  }),
  /** An order of this buyer, and from then on each change of it. */
  z.object({ id, what: z.literal('watch'), orderId: z.uuid() }),
  /** A message for the seller; repeated with its `messageId` it is sent once. */
  z.object({
    id,
    what: z.literal('send'),
    feedId: z.uuid(),
    messageId: z.uuid(),
    name: word,
    body: json,
  }),
  /** What the seller said after that message, a page of it, oldest first. */
  z.object({ id, what: z.literal('messages'), feedId: z.uuid(), after: seq }),
]);
/** Buyer to seeder: a question, answered by the {@link Answer} of the same id. */
export type Ask = z.infer<typeof question>;

const unknownQuestion = z
  .object({ id, what: word })
  .transform(({ id }) => ({ id, what: 'unknown' as const }));

/** A question as it is heard: one that a newer peer may know, or that is not put right, is to be refused and no more. */
export const ask = z.union([question, unknownQuestion]);
export type HeardAsk = z.infer<typeof ask>;

/** Seeder to buyer: what was asked for, or why not. */
export const answer = z.union([
  z.object({ id, value: json }),
  z.object({
    id,
    refused: z.object({
      code: word,
      detail: text,
      /** Of `trial-work-missing`: how much is wanted, see trial-work. */
      workBits: z.int().nonnegative().optional(),
    }),
  }),
]);
export type Answer = z.infer<typeof answer>;

/** The answer to `quote`. */
export const quote = z.object({
  feedId: z.uuid(),
  plan: word,
  quantity: z.int().positive(),
  priceMsat: msat,
  /** null: access without an end. */
  durationMs: z.int().positive().nullable(),
  /** The terms of use in force: what an order has to accept. */
  termsHash: hex32.nullable(),
  /** Of a trial: how much work an order takes, see trial-work; left out or 0: none. */
  workBits: z.int().nonnegative().optional(),
  nowMs: timeMs,
});
export type Quote = z.infer<typeof quote>;

/** How an order stands: the answer to `order` and `watch`, and sent whenever one of them changes. */
export const orderState = z.object({
  id: z.uuid(),
  feedId: z.uuid(),
  plan: word,
  quantity: z.int().positive(),
  buyerKey: hex32,
  state: z.enum(['open', 'paid', 'lapsed']),
  /** `undelivered`: a held payment was given back as no seeder let the buyer in. */
  lapseReason: z.enum(['unpaid', 'undelivered']).nullable(),
  priceMsat: msat,
  /** Whether its price was locked at the rate of a currency. */
  isRated: z.boolean(),
  durationMs: z.int().positive().nullable(),
  termsHash: hex32.nullable(),
  expiresAtMs: timeMs,
  /** null when there is nothing to pay, or no invoice yet. */
  invoice: z
    .object({
      bolt11: z.string().max(4_096),
      paymentHash: hex32,
      amountMsat: msat,
      /** `held`: taken only once a seeder lets the buyer in. */
      settlement: z.enum(['direct', 'held']),
      state: z.enum(['open', 'held', 'settled', 'cancelled']),
      expiresAtMs: timeMs,
    })
    .nullable(),
  payments: z.array(z.object({ paymentHash: hex32, outcome: word, receivedMsat: msat })).max(100),
  refundableMsat: msat,
  grant: z
    .object({ state: z.enum(['live', 'expired', 'revoked']), expiresAtMs: timeMs.nullable() })
    .nullable(),
  nowMs: timeMs,
});
export type OrderState = z.infer<typeof orderState>;

/** The answer to `send`: the message's number at the market. */
export const sent = z.object({ seq });
export type Sent = z.infer<typeof sent>;

/** Seeder to buyer: what the seller says, to this buyer or to all that have access. */
export const message = z.object({
  feedId: z.uuid(),
  /** Grows with each message of a feed: what `messagesAfter` names. */
  seq,
  /** The one before it: between the two there is none for this buyer. */
  after: seq,
  name: word,
  body: json,
  /** To everybody with access, or to this buyer alone. */
  isBroadcast: z.boolean(),
  sentAtMs: timeMs,
});
export type Message = z.infer<typeof message>;

/** The answer to `messages`. */
export const messagePage = z.object({
  messages: z.array(message).max(100),
  /** Whether there is nothing after these. */
  isLast: z.boolean(),
});
export type MessagePage = z.infer<typeof messagePage>;
