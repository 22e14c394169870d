import { z } from 'zod';
import { operation } from '../operation.ts';
import { balance, movementPage, newPayout, payout, payoutPage } from '../payout.ts';
import { uuid } from '../primitives.ts';

const byId = z.object({ id: uuid });
const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});
const REFUSALS = [
  'payee-invalid',
  'payee-used',
  'too-many-payouts',
  'balance-too-low',
  'idempotency-key-reused',
  'idempotency-in-flight',
  'node-unreachable',
] as const;

export const readBalance = operation({
  id: 'readBalance',
  method: 'get',
  path: '/v1/seller/balance',
  tag: 'Payouts',
  summary: 'Your balance',
  access: 'read',
  success: { status: 200, description: 'What the ledger says now.', body: balance },
});

export const listMovements = operation({
  id: 'listMovements',
  method: 'get',
  path: '/v1/seller/movements',
  tag: 'Payouts',
  summary: 'What has moved your balance',
  description: 'The entries of your account in the ledger: they sum to what can be paid out.',
  access: 'read',
  query: pageQuery,
  success: { status: 200, description: 'A page of them, newest first.', body: movementPage },
  refusals: ['cursor-invalid'],
});

export const createPayout = operation({
  id: 'createPayout',
  method: 'post',
  path: '/v1/seller/payouts',
  tag: 'Payouts',
  summary: 'Have your balance paid to a Lightning invoice',
  description:
    'The money is locked at once and sent within seconds. It is sent once: when the outcome is not known, the payout stays pending until the node knows.',
  access: 'payouts',
  idempotency: 'required',
  body: newPayout,
  success: {
    status: 201,
    description: 'The payout, pending.',
    body: payout,
    headers: { Location: 'Where the payout is.' },
  },
  refusals: REFUSALS,
});

export const listPayouts = operation({
  id: 'listPayouts',
  method: 'get',
  path: '/v1/seller/payouts',
  tag: 'Payouts',
  summary: 'Your payouts',
  access: 'read',
  query: pageQuery,
  success: { status: 200, description: 'A page of them, newest first.', body: payoutPage },
  refusals: ['cursor-invalid'],
});

export const readPayout = operation({
  id: 'readPayout',
  method: 'get',
  path: '/v1/seller/payouts/{id}',
  tag: 'Payouts',
  summary: 'One payout',
  access: 'read',
  params: byId,
  success: { status: 200, description: 'The payout.', body: payout },
  refusals: ['payout-not-found'],
});

export const createRefund = operation({
  id: 'createRefund',
  method: 'post',
  path: '/v1/orders/{id}/refunds',
  tag: 'Orders',
  summary: 'Have what is owed back for an order paid to a Lightning invoice',
  description:
    'Paid too late or too much, an order shows `refundableMsat`. Its buyer claims it with an invoice for that amount less the fee limit.',
  access: 'buyer',
  idempotency: 'required',
  params: byId,
  body: newPayout,
  success: {
    status: 201,
    description: 'The refund, pending.',
    body: payout,
    headers: { Location: 'Where the refund is.' },
  },
  refusals: ['order-not-found', ...REFUSALS],
});

export const readRefund = operation({
  id: 'readRefund',
  method: 'get',
  path: '/v1/refunds/{id}',
  tag: 'Orders',
  summary: 'One refund',
  access: 'buyer',
  params: byId,
  success: { status: 200, description: 'The refund.', body: payout },
  refusals: ['payout-not-found'],
});

export const payoutOperations = [
  readBalance,
  listMovements,
  createPayout,
  listPayouts,
  readPayout,
  createRefund,
  readRefund,
];
