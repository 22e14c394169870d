import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { tell } from '../../ports/measures.ts';

/** How often one that stands by asks for the lock. It does not wait inside Postgres: that would hold back vacuum. */
const TRY_EVERY_MS = 250;
const SAY_EVERY_MS = 1_000;
const ANSWER_TIMEOUT_MS = 2_000;
/**
 * Whoever is silent for so long loses the session, and the lock with it. Postgres counts what the program says and not
 * what its kernel acknowledges, so this holds for a host that vanished, a cut cable and a process that hangs alike. It
 * is longer than a leader needs to notice that it is not heard (it says something each second and waits two for an
 * answer): the old one has stopped by the time the next one starts.
 */
const SILENT_MS = 4_000;
const RETRY_MS = 500;
const GOODBYE_MS = 1_000;

/**
 * Has `work` done by one process at a time: by the one that holds the advisory lock named `role`, on a connection of
 * its own. `signal` aborts when the lock may be gone or the returned function is called, and the work ends at once.
 *
 * The lock keeps processes from doing the same work side by side. It is no guard of data: a process that hung may do
 * one more thing before it learns that another leads, so the work must be idempotent.
 *
 * @returns what stops it; resolves when the work in hand is done and the lock is free
 */
export type Lead = (
  role: string,
  work: (signal: AbortSignal) => Promise<unknown>,
) => () => Promise<void>;

/** Leads by advisory locks of a database. Needs sessions: no pooler of transactions may stand in between. */
export function openLead(databaseUrl: string, log: Logger): Lead {
  return (role, work) => {
    const stop = new AbortController();
    const running = (async () => {
      while (!stop.signal.aborted) {
        await leadOnce(databaseUrl, role, work, stop.signal, log).catch((err) => {
          if (!stop.signal.aborted) log.warn({ err, role }, 'cannot lead; trying again');
        });
        await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    })();
    return async () => {
      stop.abort();
      await running;
    };
  };
}

/** Stands by, leads, and resolves when that is over. */
async function leadOnce(
  databaseUrl: string,
  role: string,
  work: (signal: AbortSignal) => Promise<unknown>,
  stop: AbortSignal,
  log: Logger,
): Promise<void> {
  const { client, lost } = await openSession(databaseUrl);
  const over = AbortSignal.any([stop, lost.signal]);
  try {
    await untilTaken(client, role, over);
    if (over.aborted) return;
    log.info({ role }, 'leading');
    tell('lead', { role, leads: true });
    sayLive(client, over).catch(() => lost.abort());
    await work(over);
  } finally {
    tell('lead', { role, leads: false });
    if (lost.signal.aborted) log.warn({ role }, 'the connection that leads is lost');
    await Promise.race([
      client.end().catch(() => {}),
      sleep(GOODBYE_MS, undefined, { ref: false }),
    ]);
  }
}

async function openSession(
  databaseUrl: string,
): Promise<{ client: pg.Client; lost: AbortController }> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  try {
    await client.connect();
    await client.query(`SET idle_session_timeout = ${SILENT_MS}`);
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
  return { client, lost };
}

async function untilTaken(client: pg.Client, role: string, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const { rows } = await client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
      [`dazaar/${role}`],
    );
    if (rows[0]?.taken) return;
    await sleep(TRY_EVERY_MS, undefined, { signal: over }).catch(() => {});
  }
}

/** Keeps the session, until `over` aborts. @throws when nobody answers */
async function sayLive(client: pg.Client, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await client.query('SELECT 1');
    await sleep(SAY_EVERY_MS, undefined, { signal: over }).catch(() => {});
  }
}
