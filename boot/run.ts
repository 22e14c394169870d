import { ConfigError } from './config.ts';

const STOP_TIMEOUT_MS = 10_000;

/**
 * Runs a program until it is told to stop: SIGTERM, SIGINT, or the end of the process that started it.
 * A stop that hangs is cut off; a second signal ends at once. Configuration faults are a message, not a stack.
 *
 * @param start resolves to what stops the program
 */
export async function run(start: () => Promise<() => Promise<void>>): Promise<void> {
  let stop: (() => Promise<void>) | undefined;
  let stopping = false;

  const end = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    await stop?.();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', end);
  process.on('disconnect', end);

  try {
    stop = await start();
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
  if (process.connected) process.send?.('ready');
}
