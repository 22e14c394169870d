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
  summary: 'Whether to send requests here, and how the market is, part by part',
  access: 'public',
  success: {
    status: 200,
    description: 'It takes requests.',
    body: readiness,
    also: { 503: 'It takes none: its database is away, or it is about to end.' },
  },
});

export const healthOperations = [isAlive, isReady];
