import type { Operation } from '../operation.ts';

const TEXTS: Record<string, string> = {
  Market: 'What this market is, and how it is reached.',
  Accounts: 'Sellers, their sessions and their API keys.',
  Listings: 'What is on sale, and a seller’s own listings.',
  Feeds:
    'What is sold: blocks, entries and files, hosted by the market or mirrored from the seller.',
  Orders: 'Buying: an order, its Lightning invoice, and what became of it.',
  Grants: 'Who may read which feed, until when.',
  Messages: 'What sellers and their buyers say to each other.',
  Gateway: 'Bought data over HTTP, for buyers without a peer-to-peer client.',
  Webhooks: 'Being told of what happens, per Standard Webhooks.',
  Analytics: 'What sold, to how many, and how much was read.',
  Health: 'For whoever runs the market.',
};

/** The sections of the reference that have an operation, each with its text. */
export function tagsOf(operations: readonly Operation[]) {
  const used = new Set(operations.map(({ tag }) => tag));
  return [...used].map((name) => ({ name, description: TEXTS[name] ?? name }));
}
