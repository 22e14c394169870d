import type { Job, Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { JobName, JobQueue } from '../../ports/queue.ts';

const ATTEMPTS = 5;
const BACKOFF_MS = 200;
const CLOSE_TIMEOUT_MS = 5_000;
const DEFAULT_CONCURRENCY = 4;

interface JobData {
  id: string;
}

/** Where the jobs lie. The classes of BullMQ are the same on Postgres and Redis. */
export interface Backend {
  queue(name: JobName): Queue<JobData>;
  worker(
    name: JobName,
    run: (job: Job<JobData>) => Promise<void>,
    concurrency: number,
  ): Worker<JobData>;
  close(): Promise<void>;
}

/** Jobs on BullMQ. Those that are done or have failed for good are removed: Postgres knows what is left to do. */
export function openQueue(backend: Backend, log: Logger): JobQueue {
  const queues = new Map<JobName, Queue<JobData>>();
  const workers: Worker<JobData>[] = [];

  function queueOf(name: JobName): Queue<JobData> {
    const known = queues.get(name);
    if (known) return known;
    const queue = backend.queue(name);
    queue.on('error', (err) => log.warn({ err, queue: name }, 'queue connection'));
    queues.set(name, queue);
    return queue;
  }

  return {
    async add(name, id, runAtMs) {
      const delay = Math.max(0, (runAtMs ?? 0) - Date.now());
      const jobId = [name, id, runAtMs ?? 'now'].join('-');
      await queueOf(name).add(name, { id }, { ...jobOptions(), jobId, delay });
    },

    async repeat(name, everyMs) {
      const template = { name, data: { id: name }, opts: { ...jobOptions(), attempts: 1 } };
      await queueOf(name).upsertJobScheduler(name, { every: everyMs }, template);
    },

    async work(name, handler, concurrency = DEFAULT_CONCURRENCY) {
      const worker = backend.worker(name, (job) => handler(job.data.id), concurrency);
      worker.on('error', (err) => log.warn({ err, queue: name }, 'worker connection'));
      worker.on('failed', (job, err) => {
        const givenUp = !job || job.attemptsMade >= (job.opts.attempts ?? 1);
        log[givenUp ? 'error' : 'warn']({ err, queue: name, jobId: job?.data.id }, 'job failed');
      });
      workers.push(worker);
      await worker.waitUntilReady();
    },

    async close() {
      await bounded(Promise.all(workers.map((worker) => worker.close())));
      await bounded(Promise.all([...queues.values()].map((queue) => queue.close())));
      await bounded(backend.close());
    },
  };
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
