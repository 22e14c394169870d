import { z } from 'zod';
import { operation } from '../operation.ts';
import { slug, uuid } from '../primitives.ts';
import {
  buyerPage,
  buyerQuery,
  extension,
  givenGrant,
  givenGrantDetail,
  givenGrantPage,
  givenGrantQuery,
  reasoned,
  saleDetail,
  salePage,
  saleQuery,
} from '../sale.ts';

const byId = z.object({ id: uuid });
const CSV =
  'With `Accept: text/csv` all that match come as one file, from the cursor on, whatever the limit.';

export const listSales = operation({
  id: 'listSales',
  method: 'get',
  path: '/v1/seller/orders',
  tag: 'Sales',
  summary: 'Orders of your listings',
  description: CSV,
  access: 'read',
  query: saleQuery,
  success: {
    status: 200,
    description: 'A page of them, newest first.',
    body: salePage,
    content: { 'text/csv': 'text' },
  },
  refusals: ['cursor-invalid'],
});

export const readSale = operation({
  id: 'readSale',
  method: 'get',
  path: '/v1/seller/orders/{id}',
  tag: 'Sales',
  summary: 'An order of one of your listings',
  access: 'read',
  params: byId,
  success: { status: 200, description: 'The order.', body: saleDetail },
  refusals: ['order-not-found'],
});

export const listGivenGrants = operation({
  id: 'listGivenGrants',
  method: 'get',
  path: '/v1/seller/grants',
  tag: 'Sales',
  summary: 'Grants of your feeds',
  description: CSV,
  access: 'read',
  query: givenGrantQuery,
  success: {
    status: 200,
    description: 'A page of them, newest first.',
    body: givenGrantPage,
    content: { 'text/csv': 'text' },
  },
  refusals: ['cursor-invalid'],
});

export const readGivenGrant = operation({
  id: 'readGivenGrant',
  method: 'get',
  path: '/v1/seller/grants/{id}',
  tag: 'Sales',
  summary: 'A grant with its log',
  access: 'read',
  params: byId,
  success: { status: 200, description: 'The grant.', body: givenGrantDetail },
  refusals: ['grant-not-found'],
});

export const listBuyers = operation({
  id: 'listBuyers',
  method: 'get',
  path: '/v1/seller/listings/{slug}/buyers',
  tag: 'Sales',
  summary: 'Who bought a listing, and how much time they have left',
  access: 'read',
  params: z.object({ slug }),
  query: buyerQuery,
  success: { status: 200, description: 'A page of them, newest grants first.', body: buyerPage },
  refusals: ['listing-not-found', 'cursor-invalid'],
});

export const revokeGrant = operation({
  id: 'revokeGrant',
  method: 'post',
  path: '/v1/seller/grants/{id}/revoke',
  tag: 'Sales',
  summary: 'End a grant at once',
  description:
    'The buyer is cut off within milliseconds. His time goes on, in case it is restored.',
  access: 'listings',
  params: byId,
  body: reasoned,
  success: { status: 200, description: 'The grant, revoked.', body: givenGrant },
  refusals: ['grant-not-found', 'grant-not-live'],
});

export const restoreGrant = operation({
  id: 'restoreGrant',
  method: 'post',
  path: '/v1/seller/grants/{id}/restore',
  tag: 'Sales',
  summary: 'Take a revocation back',
  access: 'listings',
  params: byId,
  body: reasoned,
  success: { status: 200, description: 'The grant, live until its old end.', body: givenGrant },
  refusals: ['grant-not-found', 'grant-not-revoked', 'grant-over'],
});

export const extendGrant = operation({
  id: 'extendGrant',
  method: 'post',
  path: '/v1/seller/grants/{id}/extend',
  tag: 'Sales',
  summary: 'Give a buyer more time',
  description: 'As if it were bought: appended to what is left, or from now on when nothing is.',
  access: 'listings',
  idempotency: 'optional',
  params: byId,
  body: extension,
  success: { status: 200, description: 'The grant with its new end.', body: givenGrant },
  refusals: ['grant-not-found', 'grant-revoked', 'idempotency-key-reused', 'idempotency-in-flight'],
});

export const saleOperations = [
  listSales,
  readSale,
  listGivenGrants,
  readGivenGrant,
  listBuyers,
  revokeGrant,
  restoreGrant,
  extendGrant,
];
