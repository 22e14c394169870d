import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { tell } from '../../ports/measures.ts';
import { JOB_NAMES, type JobName, type JobQueue } from '../../ports/queue.ts';
import { openOutageLog } from './outage-log.ts';

const ATTEMPTS = 5;
const BACKOFF_MS = 200;
const CLOSE_TIMEOUT_MS = 5_000;
const DEFAULT_CONCURRENCY = 4;
// BullMQ's own half minute each would hold a job of a killed worker back for a whole one.
const PATIENCE = { lockMs: 10_000, stalledCheckMs: 5_000 };
const MINUTE_MS = 60_000;

interface JobData {
  id: string;
}

/** Where the jobs lie. The classes of BullMQ are the same on Postgres and Redis. */
export interface Backend {
  queue(name: JobName): Queue<JobData>;
  worker(
    name: JobName,
    run: (job: Job<JobData>) => Promise<void>,
    options: WorkerOptions,
  ): Worker<JobData>;
  /** @throws when the jobs cannot be reached */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A queue whose jobs can be looked at. */
export interface OpenQueue extends JobQueue {
  /** The queues of all jobs. */
  queues(): Queue<JobData>[];
  /** @throws when the jobs cannot be reached */
  ping(): Promise<void>;
}

export interface WorkerOptions {
  concurrency: number;
  lockDuration: number;
  stalledInterval: number;
}

/**
 * Jobs on BullMQ. Those that are done or have failed for good are removed: Postgres knows what is left to do.
 *
 * @param patience for how long a job is left to a worker that says nothing, and how often that is looked at
 */
export function openQueue(backend: Backend, log: Logger, patience = PATIENCE): OpenQueue {
  const queues = new Map<JobName, Queue<JobData>>();
  const workers: Worker<JobData>[] = [];
  const stop = new AbortController();
  const tellOutage = openOutageLog(log);

  function queueOf(name: JobName): Queue<JobData> {
    const known = queues.get(name);
    if (known) return known;
    const queue = backend.queue(name);
    queue.on('error', (err) => tellOutage(err, name));
    queues.set(name, queue);
    return queue;
  }

  return {
    queues: () => JOB_NAMES.map(queueOf),
    ping: () => backend.ping(),

    async add(name, id, runAtMs) {
      const delay = Math.max(0, (runAtMs ?? 0) - Date.now());
      const jobId = [name, id, runAtMs ?? 'now'].join('-');
      await queueOf(name).add(name, { id }, { ...jobOptions(), jobId, delay });
    },

    // A scheduler of BullMQ's would be lost with the queue. This one lives here: it adds the job of the next round in
    // the middle of each, under one id a minute, so that processes share a round and a slow one is not followed by a
    // pile. What a process put off whose clock is wrong is in nobody's way for longer than that minute.
    async repeat(name, everyMs) {
      const add = async (delay: number) => {
        const minute = Math.floor(Date.now() / MINUTE_MS);
        const options = { ...jobOptions(), attempts: 1, jobId: `${name}-again-${minute}`, delay };
        await queueOf(name).add(name, { id: name }, options);
      };
      const onError = (err: unknown) => log.warn({ err, queue: name }, 'not repeated this time');
      await add(0);
      const keepAdding = async () => {
        for (;;) {
          const roundMs = Date.now() % everyMs;
          const toMiddleMs = (everyMs * 1.5 - roundMs) % everyMs;
          await sleep(toMiddleMs || everyMs, undefined, { signal: stop.signal });
          await add(everyMs - (Date.now() % everyMs)).catch(onError);
        }
      };
      keepAdding().catch(() => {});
    },

    async work(name, handler, concurrency = DEFAULT_CONCURRENCY) {
      const { lockMs, stalledCheckMs } = patience;
      const options = { concurrency, lockDuration: lockMs, stalledInterval: stalledCheckMs };
      const worker = backend.worker(name, (job) => handler(job.data.id), options);
      worker.on('error', (err) => tellOutage(err, name));
      worker.on('completed', (job) => {
        tell('job', { queue: name, outcome: 'done', seconds: spent(job) });
      });
      worker.on('failed', (job, err) => {
        const givenUp = !job || job.attemptsMade >= (job.opts.attempts ?? 1);
        tell('job', { queue: name, outcome: givenUp ? 'failed' : 'retried', seconds: spent(job) });
        log[givenUp ? 'error' : 'warn']({ err, queue: name, jobId: job?.data.id }, 'job failed');
      });
      workers.push(worker);
      await worker.waitUntilReady();
    },

    async close() {
      stop.abort();
      await bounded(Promise.all(workers.map((worker) => worker.close())));
      await bounded(Promise.all([...queues.values()].map((queue) => queue.close())));
      await bounded(backend.close());
    },
  };
}

function spent(job: Job | undefined): number {
  return Math.max(0, Date.now() - (job?.processedOn ?? Date.now())) / 1000;
}

function jobOptions() {
  return {
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: BACKOFF_MS },
    removeOnComplete: true,
    removeOnFail: true,
  };
}

async function bounded(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([work.then(() => {}), limit]);
  clearTimeout(timer);
}
