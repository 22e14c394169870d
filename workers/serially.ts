import type { Logger } from 'pino';

/**
 * Runs `work` once at a time; being asked while it runs means once more afterwards. A failure is logged: the sweep
 * comes by again.
 */
export function serially(work: () => Promise<void>, log: Logger) {
  let again = false;
  let running: Promise<void> | undefined;

  async function loop(): Promise<void> {
    do {
      again = false;
      await work().catch((err) => log.warn({ err }, 'will be tried again'));
    } while (again);
    running = undefined;
  }

  return {
    run: () => {
      again = true;
      running ??= loop();
    },
    done: async () => running,
  };
}
