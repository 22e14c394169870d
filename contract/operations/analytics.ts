import { analyticsQuery, funnel, grantHistory, revenue, usage } from '../analytics.ts';
import { operation } from '../operation.ts';

const LEDGER = 'From the ledger: the sums are those of your balance before payouts.';

export const readFunnel = operation({
  id: 'readFunnel',
  method: 'get',
  path: '/v1/seller/analytics/funnel',
  tag: 'Analytics',
  summary: 'Views, orders and paid orders, by day',
  description: 'Robots that say so are not counted.',
  access: 'read',
  query: analyticsQuery,
  success: { status: 200, description: 'Every day of the range.', body: funnel },
  refusals: ['range-invalid'],
});

export const readRevenue = operation({
  id: 'readRevenue',
  method: 'get',
  path: '/v1/seller/analytics/revenue',
  tag: 'Analytics',
  summary: 'What was earned, by day and plan',
  description: LEDGER,
  access: 'read',
  query: analyticsQuery,
  success: { status: 200, description: 'Every day of the range.', body: revenue },
  refusals: ['range-invalid'],
});

export const readGrantHistory = operation({
  id: 'readGrantHistory',
  method: 'get',
  path: '/v1/seller/analytics/grants',
  tag: 'Analytics',
  summary: 'How many grants were live, by day',
  description: 'From the grant log.',
  access: 'read',
  query: analyticsQuery,
  success: { status: 200, description: 'Every day of the range.', body: grantHistory },
  refusals: ['range-invalid'],
});

export const readUsage = operation({
  id: 'readUsage',
  method: 'get',
  path: '/v1/seller/analytics/usage',
  tag: 'Analytics',
  summary: 'What was served, by day, listing and transport',
  access: 'read',
  query: analyticsQuery,
  success: { status: 200, description: 'Every day of the range.', body: usage },
  refusals: ['range-invalid'],
});

export const analyticsOperations = [readFunnel, readRevenue, readGrantHistory, readUsage];
