import type { Invalid, Valid } from '../../protocol/messages.ts';

/** The seeder ends access by its own clock and says so: only when it is gone for so long do we judge ourselves. */
export const END_SLACK_MS = 1_500;

/** How the buyer stands with a feed, as the seeders say. */
export type Access =
  | { state: 'unknown' }
  | { state: 'valid'; expiresAtMs: number | null }
  | { state: 'invalid'; reason: Invalid['reason'] };

/**
 * What each connected seeder last said about the buyer's access. One that says `valid` is enough: the others may not
 * have heard of the grant yet.
 */
export class AccessReports {
  readonly #reports = new Map<string, Valid | Invalid>();
  #lastValid: Valid | null = null;
  /** The market's clock minus ours, in milliseconds. */
  #clockOffsetMs = 0;

  heard(seederKey: string, report: Valid | Invalid): void {
    this.#reports.set(seederKey, report);
    if (!('cores' in report)) return;
    this.#lastValid = report;
    this.#clockOffsetMs = report.nowMs - Date.now();
  }

  forget(seederKey: string): void {
    this.#reports.delete(seederKey);
  }

  get access(): Access {
    const reports = [...this.#reports.values()];
    const valid = reports.filter((report) => 'cores' in report);
    if (valid.length > 0) return { state: 'valid', expiresAtMs: latestEnd(valid) };
    const invalid = reports.find((report) => 'reason' in report);
    return invalid ? { state: 'invalid', reason: invalid.reason } : { state: 'unknown' };
  }

  /** Whether this seeder lets the buyer in, as it said last. */
  isValidAt(seederKey: string): boolean {
    return 'cores' in (this.#reports.get(seederKey) ?? {});
  }

  /** What a seeder told last that lets the buyer in, or did; null: none has yet. */
  get lastValid(): Valid | null {
    return this.#lastValid;
  }

  /** What changes access and is on offer, as the seeders that refuse say. */
  get plansOnSale(): Invalid['plans'] {
    for (const report of this.#reports.values()) {
      if ('plans' in report && report.plans !== null) return report.plans;
    }
    return null;
  }

  /** An instant of the market's clock as one of ours. */
  localMs(marketMs: number): number {
    return marketMs - this.#clockOffsetMs;
  }
}

function latestEnd(reports: Valid[]): number | null {
  const ends = reports.map((report) => report.expiresAtMs);
  return ends.includes(null) ? null : Math.max(...ends.map(Number));
}
