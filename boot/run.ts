import { ConfigError } from './config.ts';
import { shownError } from './redact.ts';

const STOP_TIMEOUT_MS = 20_000;

type Stop = () => Promise<void>;

/** How a program ends that others send requests to. */
export interface Running {
  /** What SIGTERM begins with, as long as it takes: whoever sends requests is told to send them elsewhere. */
  drain?(): Promise<void>;
  stop: Stop;
}

/**
 * Runs a program until it is told to stop: SIGTERM, SIGINT, or the end of the process that started it.
 * A stop that hangs is cut off; a second signal ends at once. Configuration faults are a message, not a stack.
 *
 * @param start resolves to what stops the program, when it is ready
 */
export async function run(start: () => Promise<Stop | Running>): Promise<void> {
  let running: Running | undefined;
  let stopping = false;

  const end = async (why?: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    // Whoever presses Ctrl-C or has lost the parent is not behind a load balancer.
    if (why === 'SIGTERM') await running?.drain?.();
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    await running?.stop();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', end);
  process.on('disconnect', () => end());
  // As without this, but for the secrets that an error may quote.
  process.on('uncaughtException', (error) => {
    console.error(shownError(error));
    process.exit(1);
  });

  try {
    const started = await start();
    running = typeof started === 'function' ? { stop: started } : started;
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : shownError(error));
    process.exit(1);
  }
  if (process.connected) process.send?.('ready');
}
