import type { Logger } from 'pino';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { LIMITS, type Limit, type LimitName } from '../../domain/limit.ts';
import type { Allowance, Limiter } from '../../ports/limiter.ts';
import { Leases } from './leases.ts';

const LOG_EVERY_MS = 10_000;

export interface LimitStore {
  /** Counts one limit; `keyPrefix` keeps it apart from others. */
  counter(options: CounterOptions): RateLimiterAbstract;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface CounterOptions {
  keyPrefix: string;
  points: number;
  duration: number;
  /** From here on a caller is refused without asking the store, until the window is over. */
  inMemoryBlockOnConsumed: number;
}

/**
 * Limits that all processes share. Callers of generous limits lease several at once, and those who have used up theirs
 * are refused from memory: a flood costs the store nothing. While the store is away, each process limits by itself.
 */
export function openLimiter(
  store: LimitStore,
  limits: Record<LimitName, Limit>,
  log: Logger,
): Limiter {
  const counters = Object.fromEntries(
    LIMITS.map((name) => [name, openCounter(store, name, limits[name], failureLog(log))]),
  ) as Record<LimitName, Leases>;

  return {
    async take(name, caller, cost = 1): Promise<Allowance> {
      const { amount, windowSeconds } = limits[name];
      const taken = await counters[name].take(caller, cost);
      return { name, amount, windowSeconds, ...taken };
    },
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

function openCounter(
  store: LimitStore,
  name: LimitName,
  limit: Limit,
  onFailure: (error: unknown) => void,
): Leases {
  const { amount: points, windowSeconds: duration } = limit;
  const shared = store.counter({
    keyPrefix: name,
    points,
    duration,
    inMemoryBlockOnConsumed: points,
  });
  const alone = new RateLimiterMemory({ points, duration });
  const consume = async (caller: string, cost: number) => {
    try {
      return await outcome(shared.consume(caller, cost));
    } catch (error) {
      onFailure(error);
      return outcome(alone.consume(caller, cost));
    }
  };
  return new Leases(consume, points);
}

async function outcome(consumed: Promise<RateLimiterRes>) {
  const [allowed, result] = await consumed.then(
    (result) => [true, result] as const,
    (error) => {
      if (error instanceof RateLimiterRes) return [false, error] as const;
      throw error;
    },
  );
  return { allowed, remaining: result.remainingPoints, resetMs: Math.max(result.msBeforeNext, 0) };
}

function failureLog(log: Logger): (error: unknown) => void {
  let quietUntilMs = 0;
  return (error) => {
    if (Date.now() < quietUntilMs) return;
    quietUntilMs = Date.now() + LOG_EVERY_MS;
    log.warn({ err: error }, 'limits are counted by this process alone');
  };
}
