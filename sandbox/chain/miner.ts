import type { Chain } from './chain.ts';

// Bitcoin's own pace, so that a CLTV delta lasts here as long as it does in production.
const BLOCK_INTERVAL_MS = 10 * 60_000;
const MEMPOOL_CHECK_MS = 200;

/** Mines six blocks an hour, and one at once for whoever waits for a confirmation. */
export class Miner {
  readonly #chain: Chain;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  start(onMined: () => void): void {
    const mine = () => {
      this.#chain.mine();
      onMined();
    };
    this.#timers.push(setInterval(mine, BLOCK_INTERVAL_MS));
    this.#timers.push(
      setInterval(() => {
        if (this.#chain.hasMempool) mine();
      }, MEMPOOL_CHECK_MS),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
