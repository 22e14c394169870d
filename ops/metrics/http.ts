import { Counter, Histogram } from 'prom-client';
import { hear } from '../../ports/measures.ts';

/** Counts what an HTTP interface answers, from now on. */
export function countRequests(): void {
  const duration = new Histogram({
    name: 'dazaar_http_request_duration_seconds',
    help: 'How long requests took, by route template, method and status (499: the caller was gone); event streams until they ended.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
  });
  const problems = new Counter({
    name: 'dazaar_problems_total',
    help: 'Requests that were refused or failed, by the code of the problem document they were answered with.',
    labelNames: ['code'],
  });
  hear('request', ({ route, method, status, seconds }) => {
    duration.observe({ route, method, status }, seconds);
  });
  hear('problem', ({ code }) => problems.inc({ code }));
}
