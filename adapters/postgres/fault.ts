import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const ANSWER_TIMEOUT_MS = 10_000;
// A database that is started at the same time, or that is restarted, is there within such a time.
const PATIENCE_MS = 15_000;
// And not before so many attempts: one that is starting up on a busy machine may not get round to listen in time.
const MIN_ATTEMPTS = 3;
const RETRY_MS = 250;

/** What waiting does not put right. */
const WORDS: Record<string, string> = {
  '28P01': 'the database does not take this user and password',
  '28000': 'the database does not take this user from here',
  '3D000': 'there is no such database',
  ENOTFOUND: 'there is no such host',
};

/** Why a database cannot be used, without a word of its address; null when it can. Waits some seconds for one that is away. */
export async function databaseFault(databaseUrl: string): Promise<string | null> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (let attempts = 1; ; attempts++, await sleep(RETRY_MS)) {
    const code = await tryOut(databaseUrl);
    if (code === null) return null;
    if (WORDS[code]) return WORDS[code];
    if (attempts >= MIN_ATTEMPTS && Date.now() > deadlineMs)
      return `the database does not answer (${code})`;
  }
}

async function tryOut(databaseUrl: string): Promise<string | null> {
  let client: pg.Client;
  try {
    client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
    });
  } catch {
    return 'unreadable';
  }
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? 'timeout';
  } finally {
    client.end().catch(() => {});
  }
}
