import type { Announcements } from '../boot/announcements.ts';

const POLL_MS = 1_000;

/** Reads whenever `id` is announced, until there is something to find; null when there is none within the bound. */
export async function untilFound<T>(
  announcements: Announcements,
  id: string,
  withinMs: number,
  read: () => Promise<T | null>,
): Promise<T | null> {
  const deadlineMs = performance.now() + withinMs;
  let wake = () => {};
  const unwatch = announcements.watch(id, () => wake());
  try {
    while (performance.now() < deadlineMs) {
      // The timer stands in for an announcement that came between the read and the wait.
      const announced = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const found = await read();
      if (found !== null) {
        wake();
        return found;
      }
      await announced;
    }
    return null;
  } finally {
    unwatch();
  }
}
