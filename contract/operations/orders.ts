import { z } from 'zod';
import { operation } from '../operation.ts';
import { grant, grantList, grantQuery, newOrder, order, placedOrder } from '../order.ts';
import { uuid } from '../primitives.ts';
import { keyCode, newClaim, newKeyCode, newToken, newTransfer, token } from '../token.ts';

const byId = z.object({ id: uuid });

export const placeOrder = operation({
  id: 'placeOrder',
  method: 'post',
  path: '/v1/orders',
  tag: 'Orders',
  summary: 'Order access to a listing',
  description:
    'The answer has an invoice over exactly the price; when it is paid the grant is there within a second. Where the listing’s `settlement` is `held` the invoice is a hold invoice: the wallet’s payment stays pending until a seeder lets the buyer in, which takes a second as well, and comes back within a minute when none does. A free plan is granted at once. Renewing is another order: its time is appended to what is left.',
  access: 'public',
  limit: 'orders',
  idempotency: 'required',
  body: newOrder,
  bodyLimitBytes: 16 * 1024,
  success: {
    status: 201,
    description: 'The order.',
    body: placedOrder,
    headers: { Location: 'Where the order is.' },
  },
  refusals: [
    'listing-not-found',
    'listing-not-for-sale',
    'plan-not-found',
    'plan-quantity',
    'currency-unsupported',
    'rate-stale',
    'terms-not-accepted',
    'terms-changed',
    'trial-used',
    'trial-needs-key',
    'trial-work-missing',
    'too-many-open-orders',
    'idempotency-key-weak',
    'idempotency-key-reused',
    'idempotency-in-flight',
    'node-unreachable',
  ],
});

export const readOrder = operation({
  id: 'readOrder',
  method: 'get',
  path: '/v1/orders/{id}',
  tag: 'Orders',
  summary: 'An order and what became of it',
  description:
    'Its id is a secret of who ordered and the seller: whoever knows it may read the order.',
  access: 'public',
  params: byId,
  success: { status: 200, description: 'The order.', body: order },
  refusals: ['order-not-found'],
});

export const watchOrder = operation({
  id: 'watchOrder',
  method: 'get',
  path: '/v1/orders/{id}/events',
  tag: 'Orders',
  summary: 'An order as it changes',
  description:
    'Events named `order`, with the order at once and after each change (also when its payment is `held`), until it is paid.',
  access: 'public',
  params: byId,
  success: {
    status: 200,
    description: 'Server-Sent Events.',
    content: { 'text/event-stream': order },
  },
  refusals: ['order-not-found'],
});

export const createToken = operation({
  id: 'createToken',
  method: 'post',
  path: '/v1/tokens',
  tag: 'Access',
  summary: 'Get a token for a buyer key',
  description:
    'It lives for ten minutes at most. For one listing it opens that feed at the gateway; without one, whatever the key may do.',
  access: 'public',
  body: newToken,
  success: { status: 201, description: 'The token.', body: token },
  refusals: [
    'statement-refused',
    'claim-code-invalid',
    'l402-invalid',
    'listing-not-found',
    'no-live-grant',
  ],
});

export const listGrants = operation({
  id: 'listGrants',
  method: 'get',
  path: '/v1/grants',
  tag: 'Access',
  summary: 'What the buyer key was granted',
  access: 'buyer',
  query: grantQuery,
  success: { status: 200, description: 'The newest 1,000 grants.', body: grantList },
});

export const transferGrant = operation({
  id: 'transferGrant',
  method: 'post',
  path: '/v1/grants/transfer',
  tag: 'Access',
  summary: 'Move a grant to another buyer key',
  description:
    'What is left of the time is added to what the receiving key has; the giving key is cut off at once. Repeating the same statement moves nothing more.',
  access: 'public',
  body: newTransfer,
  success: { status: 200, description: 'The grant of the receiving key.', body: grant },
  refusals: [
    'statement-refused',
    'same-key',
    'listing-not-found',
    'grant-not-live',
    'idempotency-in-flight',
  ],
});

export const redeemClaim = operation({
  id: 'redeemClaim',
  method: 'post',
  path: '/v1/claims',
  tag: 'Access',
  summary: 'Move what a claim code stands for to a buyer key',
  description: 'Once a code. Repeated with the same key it answers with the same grant.',
  access: 'public',
  body: newClaim,
  success: { status: 200, description: 'The grant of the buyer key.', body: grant },
  refusals: [
    'claim-code-invalid',
    'claim-code-unknown',
    'claim-code-redeemed',
    'order-not-paid',
    'same-key',
    'idempotency-in-flight',
  ],
});

export const createKeyCode = operation({
  id: 'createKeyCode',
  method: 'post',
  path: '/v1/key-codes',
  tag: 'Access',
  summary: 'Get a short code that tells a buyer key to a browser',
  description:
    'Whoever types it at the market’s website within ten minutes has there what the key bought. It is good once; repeating the same statement gives the same code.',
  access: 'public',
  limit: 'challenges',
  body: newKeyCode,
  success: { status: 201, description: 'The code.', body: keyCode },
  refusals: ['statement-refused'],
});

export const orderOperations = [
  placeOrder,
  readOrder,
  watchOrder,
  createToken,
  listGrants,
  transferGrant,
  redeemClaim,
  createKeyCode,
];
