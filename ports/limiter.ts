import type { LimitName } from '../domain/limit.ts';

/** What a caller has of a limit after taking from it. */
export interface Allowance {
  name: LimitName;
  amount: number;
  windowSeconds: number;
  allowed: boolean;
  remaining: number;
  /** How long until the window is over. */
  resetMs: number;
}

/** Counts what callers do, for all processes together. */
export interface Limiter {
  take(limit: LimitName, caller: string, cost?: number): Promise<Allowance>;
  /** @throws when what all processes share does not answer; each limits by itself then */
  ping(): Promise<void>;
  close(): Promise<void>;
}
