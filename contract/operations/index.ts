import type { Operation } from '../operation.ts';
import { accountOperations } from './accounts.ts';
import { analyticsOperations } from './analytics.ts';
import { apiKeyOperations } from './api-keys.ts';
import { cardOperations } from './cards.ts';
import { feedOperations } from './feeds.ts';
import { gatewayOperations } from './gateway.ts';
import { healthOperations } from './health.ts';
import { listingOperations } from './listings.ts';
import { lnurlAuthOperations } from './lnurl-auth.ts';
import { marketOperations } from './market.ts';
import { messageOperations } from './messages.ts';
import { mirroredFeedOperations } from './mirrored-feeds.ts';
import { orderOperations } from './orders.ts';
import { payoutOperations } from './payouts.ts';
import { saleOperations } from './sales.ts';
import { sellerListingOperations } from './seller-listings.ts';
import { webhookOperations } from './webhooks.ts';

/** What the server answers, in the order of the reference. */
export const serverOperations: readonly Operation[] = [
  ...marketOperations,
  ...listingOperations,
  ...cardOperations,
  ...orderOperations,
  ...accountOperations,
  ...lnurlAuthOperations,
  ...apiKeyOperations,
  ...sellerListingOperations,
  ...feedOperations,
  ...mirroredFeedOperations,
  ...saleOperations,
  ...messageOperations,
  ...analyticsOperations,
  ...webhookOperations,
  ...payoutOperations,
  ...healthOperations,
];

/** What a seeder's data gateway answers, at an address of its own. */
export { gatewayOperations };

export const operations: readonly Operation[] = [...serverOperations, ...gatewayOperations];
