import type { Logger } from 'pino';
import { Gauge } from 'prom-client';

/** Several who scrape, or one who scrapes often, cost no more than one. */
const FRESH_MS = 5_000;
const READ_TIMEOUT_MS = 8_000;

const up = new Gauge({
  name: 'dazaar_source_up',
  help: 'Whether what some numbers are read from answered the last time: 1 or 0; at 0 its numbers are left out.',
  labelNames: ['source'],
});

/**
 * Where numbers are read from when somebody scrapes: not more often than every 5 seconds, one reading at a time, and
 * nobody waits longer than 8 seconds for it: Prometheus would for ten. Numbers that could not be read are left out: an old one would be a lie.
 */
export class Source {
  readonly #name: string;
  readonly #gauges: readonly Gauge<string>[];
  readonly #read: () => Promise<void>;
  #reading: Promise<void> | undefined;
  #failed = false;
  #readAtMs = Number.NEGATIVE_INFINITY;

  /** @param read sets the gauges */
  constructor(name: string, gauges: readonly Gauge<string>[], read: () => Promise<void>) {
    this.#name = name;
    this.#gauges = gauges;
    this.#read = read;
  }

  /** Resolves when the gauges are as they can be; never rejects. */
  async refresh(log: Logger): Promise<void> {
    if (!this.#reading && performance.now() - this.#readAtMs < FRESH_MS) return;
    this.#reading ??= this.#attempt(log).finally(() => {
      this.#reading = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, READ_TIMEOUT_MS, 'late');
    });
    if ((await Promise.race([this.#reading, late])) === 'late') this.#leaveOut();
    clearTimeout(timer);
  }

  async #attempt(log: Logger): Promise<void> {
    try {
      await this.#read();
      this.#readAtMs = performance.now();
      this.#failed = false;
      up.set({ source: this.#name }, 1);
    } catch (err) {
      if (!this.#failed) log.warn({ err, source: this.#name }, 'numbers are left out');
      this.#failed = true;
      this.#leaveOut();
    }
  }

  #leaveOut(): void {
    up.set({ source: this.#name }, 0);
    for (const gauge of this.#gauges) forget(gauge);
  }
}

// A gauge without labels is 0 after a reset, which would be said as if it were so.
function forget(gauge: Gauge<string>): void {
  gauge.reset();
  gauge.remove({});
}
