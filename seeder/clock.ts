import type { Logger } from 'pino';

const SKEW_WARNING_MS = 5_000;
// A slow answer says little about when the database looked at its clock.
const MAX_ROUND_TRIP_MS = 250;

/**
 * The database's clock, carried on by this machine's monotonic one: all hosts judge grants by one clock, and it goes on
 * when the database is away or somebody sets this machine's clock.
 */
export class Clock {
  readonly #log: Logger;
  #offsetMs: number | null = null;
  #skewMs: number | null = null;
  #warned = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Whether the database was ever asked. */
  get anchored(): boolean {
    return this.#offsetMs !== null;
  }

  /** How much this machine's clock was ahead of the database's when it was last asked, in ms; null before that. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  /**
   * The database's time in ms since the epoch.
   *
   * @throws before the first {@link anchor}: without a clock nobody can be judged.
   */
  nowMs(): number {
    if (this.#offsetMs === null) throw new Error('the clock was never set by the database');
    return performance.now() + this.#offsetMs;
  }

  /** Sets the clock by what the database said; the question and its answer are dated by `performance.now()`. */
  anchor(databaseMs: number, askedAtMs: number, answeredAtMs: number): void {
    if (this.anchored && answeredAtMs - askedAtMs > MAX_ROUND_TRIP_MS) return;
    this.#offsetMs = databaseMs - (askedAtMs + answeredAtMs) / 2;
    this.#reportSkew(Date.now() - this.nowMs());
  }

  #reportSkew(skewMs: number): void {
    this.#skewMs = skewMs;
    const skewed = Math.abs(skewMs) > SKEW_WARNING_MS;
    if (skewed && !this.#warned) {
      const rounded = Math.round(skewMs);
      this.#log.warn({ skewMs: rounded }, "this machine's clock is not the database's");
    }
    this.#warned = skewed;
  }
}
