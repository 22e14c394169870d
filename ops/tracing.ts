import type { Logger } from 'pino';
import type { Config } from '../boot/config.ts';

const EXPORT_TIMEOUT_MS = 5_000;
const FLUSH_WITHIN_MS = 2_000;
const BATCH_EVERY_MS = 1_000;

/**
 * Has this process trace and send what it traces, if a place for that is configured; only then is the SDK loaded. A
 * place that is away costs spans, and nothing else.
 *
 * @param program the service's name is `dazaar-` and this
 * @returns sends what is left, within a bound
 */
export async function startTracing(
  { tracesUrl }: Pick<Config, 'tracesUrl'>,
  program: 'server' | 'workers' | 'seeder',
  log: Logger,
): Promise<() => Promise<void>> {
  if (!tracesUrl) return async () => {};
  const { startExport } = await import('./tracing-export.ts');
  const url = `${tracesUrl.replace(/\/+$/, '')}/v1/traces`;
  const times = { timeoutMs: EXPORT_TIMEOUT_MS, everyMs: BATCH_EVERY_MS };
  const flush = startExport(url, `dazaar-${program}`, times, log);
  return () => within(FLUSH_WITHIN_MS, flush());
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}
