import pino, { type Logger } from 'pino';
import { openLimits } from '../../boot/context.ts';
import { LIMITS, type Limit, type LimitName } from '../../domain/limit.ts';
import { startServer } from '../../server/server.ts';
import type { TestMarket } from '../support/market.ts';

export interface SecondServer extends AsyncDisposable {
  url: string;
}

/** Another server of a market that runs. */
export async function startSecondServer(
  { db, deps }: TestMarket,
  options: { publicUrl?: string; log?: Logger } = {},
): Promise<SecondServer> {
  await using stack = new AsyncDisposableStack();
  const { log = pino({ level: 'silent' }), publicUrl } = options;
  const limits = Object.fromEntries(
    LIMITS.map((name) => [name, { amount: 1_000_000, windowSeconds: 60 }]),
  ) as Record<LimitName, Limit>;
  const limiter = await openLimits({ databaseUrl: db.url, redisUrl: undefined, limits }, log);
  stack.defer(() => limiter.close());
  const server = await startServer({
    ...deps,
    log,
    limiter,
    listen: db.listen,
    name: 'Test market',
    network: 'sandbox',
    host: '127.0.0.1',
    port: 0,
    publicUrl,
    corsOrigins: [],
    trustedProxies: [],
  });
  stack.defer(() => server.close());
  const owned = stack.move();
  return { url: server.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
