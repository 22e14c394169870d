import type { Logger } from 'pino';

const SILENT_MS = 60_000;

/**
 * Tells of faults of connections, which all queues and workers of a process hit at once and again with each attempt: the
 * first of a kind, and then one a minute with how many were like it in between.
 */
export function openOutageLog(log: Logger): (err: Error, queue: string) => void {
  const kinds = new Map<string, { toldAtMs: number; untold: number }>();
  return (err, queue) => {
    const kind = (err as NodeJS.ErrnoException).code ?? err.name;
    const known = kinds.get(kind);
    const nowMs = performance.now();
    if (known && nowMs - known.toldAtMs < SILENT_MS) {
      known.untold += 1;
      return;
    }
    kinds.set(kind, { toldAtMs: nowMs, untold: 0 });
    log.warn({ err, queue, untold: known?.untold ?? 0 }, 'the jobs cannot be reached');
  };
}
