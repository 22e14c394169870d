import { context, type DiagLogger, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';

// Some thousand spans are a minute of a busy market; beyond that the oldest wait is not worth the memory.
const MAX_WAITING = 4_096;

/** Traces from here on, and sends spans in batches. Headers and certificates are read from OTEL_EXPORTER_OTLP_… */
export function startExport(
  url: string,
  service: string,
  { timeoutMs, everyMs }: { timeoutMs: number; everyMs: number },
  log: Logger,
): () => Promise<void> {
  diag.setLogger(asDiagLogger(log), DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: timeoutMs });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: MAX_WAITING,
    scheduledDelayMillis: everyMs,
    exportTimeoutMillis: timeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.instance.id': `${process.pid}`,
    }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return () => provider.shutdown();
}

// A collector that is away is told of once, and again when a minute later it still is.
function asDiagLogger(log: Logger): DiagLogger {
  let quietUntilMs = 0;
  const tell = (what: string, ...more: unknown[]) => {
    if (performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + 60_000;
    log.warn({ what, more }, 'traces are not sent');
  };
  const say = (what: string, ...more: unknown[]) => log.debug({ what, more }, 'tracing');
  return { error: tell, warn: tell, info: say, debug: say, verbose: () => {} };
}
