import type { Logger } from 'pino';

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
const STOP_WITHIN_MS = 3_000;

/** A step that runs again and again, one at a time, until stopped. */
export interface Loop extends AsyncDisposable {
  /** Runs the step now, or once more when it is running. */
  wake(): void;
}

/**
 * Runs `step` at once, whenever woken, and every `everyMs` behind that. A step that throws is a fault that passes, such
 * as a database that is away: it is logged and tried again, ever later up to 5 s.
 */
export function startLoop(
  name: string,
  everyMs: number,
  log: Logger,
  step: () => Promise<void>,
): Loop {
  let woken = false;
  let stopped = false;
  let failures = 0;
  let endWait = () => {};

  const running = run();
  return {
    wake,
    async [Symbol.asyncDispose]() {
      stopped = true;
      wake();
      await within(STOP_WITHIN_MS, running);
    },
  };

  function wake(): void {
    woken = true;
    endWait();
  }

  async function run(): Promise<void> {
    while (!stopped) {
      woken = false;
      await attempt();
      if (!woken) await wait(failures === 0 ? everyMs : retryMs());
    }
  }

  async function attempt(): Promise<void> {
    try {
      await step();
      if (failures > 0) log.info({ loop: name }, 'works again');
      failures = 0;
    } catch (error) {
      if (failures === 0) log.warn({ loop: name, err: error }, 'failed; trying again');
      failures += 1;
    }
  }

  function retryMs(): number {
    return Math.min(RETRY_MIN_MS * 2 ** Math.min(failures - 1, 10), RETRY_MAX_MS);
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Waits for the promise, but no longer than that. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
