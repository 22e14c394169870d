import { health, readiness } from '../health.ts';
import { operation } from '../operation.ts';

export const isAlive = operation({
  id: 'isAlive',
  method: 'get',
  path: '/healthz',
  tag: 'Health',
  summary: 'Whether the process lives',
  access: 'public',
  success: { status: 200, description: 'It does.', body: health },
});

export const isReady = operation({
  id: 'isReady',
  method: 'get',
  path: '/readyz',
  tag: 'Health',
  summary: 'Whether the market can sell, part by part',
  access: 'public',
  success: {
    status: 200,
    description: 'It can.',
    body: readiness,
    also: { 503: 'A part is missing.' },
  },
});

export const healthOperations = [isAlive, isReady];
