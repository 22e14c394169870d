import { Gauge, Histogram } from 'prom-client';
import type { OpenQueue } from '../../adapters/queue/queue.ts';
import { hear } from '../../ports/measures.ts';
import { Source } from './source.ts';

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/** Jobs that were run here. */
export function countJobs(): void {
  const duration = new Histogram({
    name: 'dazaar_job_duration_seconds',
    help: 'Jobs that this process ran, by queue and outcome: done, retried (failed, and tried again), failed (given up; the sweep finds what is left to do).',
    labelNames: ['queue', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60],
  });
  hear('job', ({ queue, outcome, seconds }) => duration.observe({ queue, outcome }, seconds));
}

/** Whether this process does what one process at a time does. */
export function countLead(): void {
  const leader = new Gauge({
    name: 'dazaar_leader',
    help: 'Whether this process does what one process at a time does, by role: 1 or 0.',
    labelNames: ['role'],
  });
  hear('lead', ({ role, leads }) => leader.set({ role }, Number(leads)));
}

/** The jobs that lie there, by queue and state. */
export function queueSource(queue: Pick<OpenQueue, 'queues'>): Source {
  const jobs = new Gauge({
    name: 'dazaar_queue_jobs',
    help: 'Jobs by queue and state; those delayed wait for their time, or for their next attempt.',
    labelNames: ['queue', 'state'],
  });
  return new Source('queue', [jobs], async () => {
    const counted = await Promise.all(
      queue.queues().map(async (each) => [each.name, await each.getJobCounts(...STATES)] as const),
    );
    for (const [name, counts] of counted) {
      for (const state of STATES) jobs.set({ queue: name, state }, counts[state] ?? 0);
    }
  });
}
