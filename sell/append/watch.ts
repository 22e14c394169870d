import { watch as watchFolder } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const SCAN_EVERY_MS = 1_000;
const SETTLE_MS = 50;

/**
 * Looks at a folder again and again, at once when something in it changes and else every second: a change that the system
 * does not tell of is seen all the same.
 */
export async function watch(
  folder: string,
  scan: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let wake = () => {};
  const watcher = watchFolder(folder, { recursive: true }, () => wake());
  watcher.on('error', () => watcher.close());
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await scan();
      await waitFor([changed, sleep(SCAN_EVERY_MS, undefined, { signal })]);
      await waitFor([sleep(SETTLE_MS, undefined, { signal })]);
    }
  } finally {
    watcher.close();
  }
}

async function waitFor(any: Promise<void>[]): Promise<void> {
  await Promise.race(any).catch(() => undefined);
}
