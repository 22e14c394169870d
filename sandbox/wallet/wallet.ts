import type { LdkNode } from '../ldk/node.ts';
import type { Invoices } from './invoices.ts';
import type { Payments } from './payments.ts';

/** A node with its books: what one LND would be. */
export interface Wallet {
  node: LdkNode;
  invoices: Invoices;
  payments: Payments;
}
