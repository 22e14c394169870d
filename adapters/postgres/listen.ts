import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { inTurn } from './in-turn.ts';

const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;
const CHECK_EVERY_MS = 15_000;
const CHECK_TIMEOUT_MS = 5_000;

export interface Subscription {
  close(): Promise<void>;
}

/** Calls `onNotify` for each notification, and with '' after every (re)connect: some may have been missed. */
export type Listen = (
  channel: string,
  onNotify: (payload: string) => void,
) => Promise<Subscription>;

/** LISTEN on one shared connection that comes back by itself. */
export function openListen(databaseUrl: string, log: Logger): Listen & Subscription {
  const handlers = new Map<string, Set<(payload: string) => void>>();
  const stop = new AbortController();
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;

  const listen: Listen = async (channel, onNotify) => {
    const known = handlers.get(channel);
    if (known) known.add(onNotify);
    else handlers.set(channel, new Set([onNotify]));
    running ??= run();
    if (!known) await client?.query(listenTo(channel)).catch(() => {});
    onNotify('');
    return { close: async () => void handlers.get(channel)?.delete(onNotify) };
  };

  async function run(): Promise<void> {
    let delayMs = RECONNECT_MIN_MS;
    while (!stop.signal.aborted) {
      try {
        await connectAndWait(() => {
          delayMs = RECONNECT_MIN_MS;
        });
      } catch (error) {
        if (stop.signal.aborted) return;
        log.warn({ err: error }, 'listening connection lost; reconnecting');
      }
      await sleep(delayMs, undefined, { signal: stop.signal }).catch(() => {});
      delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
    }
  }

  async function connectAndWait(onConnected: () => void): Promise<void> {
    const connection = inTurn(
      new pg.Client({
        connectionString: databaseUrl,
        connectionTimeoutMillis: CHECK_TIMEOUT_MS,
        query_timeout: CHECK_TIMEOUT_MS,
        keepAlive: true,
      }),
    );
    const ended = new Promise<void>((_, reject) => {
      connection.on('error', reject);
      connection.on('end', () => reject(new Error('the server closed the connection')));
    });
    ended.catch(() => {});
    connection.on('notification', ({ channel, payload }) => tell(channel, payload ?? ''));
    // A half-open connection stays silent for ever, so it is asked now and then.
    const check = setInterval(() => {
      connection.query('SELECT 1').catch(() => connection.end());
    }, CHECK_EVERY_MS);
    try {
      await connection.connect();
      client = connection;
      for (const channel of handlers.keys()) await connection.query(listenTo(channel));
      onConnected();
      for (const channel of handlers.keys()) tell(channel, '');
      if (stop.signal.aborted) return;
      await ended;
    } finally {
      clearInterval(check);
      client = undefined;
      await connection.end().catch(() => {});
    }
  }

  function tell(channel: string, payload: string): void {
    for (const handler of handlers.get(channel) ?? []) handler(payload);
  }

  async function close(): Promise<void> {
    stop.abort();
    handlers.clear();
    await client?.end().catch(() => {});
    await running;
  }

  return Object.assign(listen, { close });
}

function listenTo(channel: string): string {
  return `LISTEN ${pg.escapeIdentifier(channel)}`;
}
