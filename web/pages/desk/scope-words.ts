import { SCOPES, type Scope } from '../../../contract/operation.ts';

export { SCOPES };

/** What an API key of a scope may do. */
export const SCOPE_WORDS: Record<Scope, [name: string, says: string]> = {
  read: ['Look', 'reads listings, orders, grants, balance and figures'],
  listings: ['Manage', 'changes listings, access and webhooks'],
  data: ['Write data', 'appends to your feeds'],
  payouts: ['Spend', 'sends your balance to any invoice: give it only to what has to'],
};
