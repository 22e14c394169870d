import type { Operation } from '../operation.ts';
import { accountOperations } from './accounts.ts';
import { apiKeyOperations } from './api-keys.ts';
import { healthOperations } from './health.ts';
import { listingOperations } from './listings.ts';
import { lnurlAuthOperations } from './lnurl-auth.ts';
import { marketOperations } from './market.ts';
import { payoutOperations } from './payouts.ts';
import { sellerListingOperations } from './seller-listings.ts';

/** What the server answers. */
export const serverOperations: readonly Operation[] = [
  ...marketOperations,
  ...listingOperations,
  ...sellerListingOperations,
  ...payoutOperations,
  ...accountOperations,
  ...lnurlAuthOperations,
  ...apiKeyOperations,
  ...healthOperations,
];

/** What a seeder's data gateway answers, at an address of its own. */
export const gatewayOperations: readonly Operation[] = [];

export const operations: readonly Operation[] = [...serverOperations, ...gatewayOperations];
