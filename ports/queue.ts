/** The jobs there are. A job carries an id, never state: what to do is read from Postgres when it runs. */
export const JOB_NAMES = [
  'settle',
  'hold',
  'end-hold',
  'expire',
  'reconcile',
  'sweep',
  'forget',
  'webhook',
  'rates',
  'payout',
] as const;

export type JobName = (typeof JOB_NAMES)[number];

export interface JobQueue {
  /**
   * Adds a job; one with the same name, id and time that still waits is not added again.
   *
   * @param runAtMs not before then
   */
  add(name: JobName, id: string, runAtMs?: number): Promise<void>;
  /** Runs `name` again and again; safe to call at every start. */
  repeat(name: JobName, everyMs: number): Promise<void>;
  /** Starts to work jobs off. A handler that throws is retried with backoff. */
  work(name: JobName, handler: (id: string) => Promise<void>, concurrency?: number): Promise<void>;
  /** Resolves when the jobs under way are done, within a bound. */
  close(): Promise<void>;
}
