import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const NAME = 'dazaar';
const PROBE = createContextKey('dazaar');
const TRACE_PARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** What may be said of a span: hashes, ids, outcomes. Never a secret, and no buyer's key. */
export type { Attributes, Span };

export interface SpanOptions {
  /** The W3C trace context that it belongs to; left out: whatever is under way here. null: nothing, it begins a trace. */
  parent?: string | null | undefined;
  kind?: 'server' | 'client' | 'consumer';
  attributes?: Attributes;
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };

/** Whether this process traces: only then is there something that carries contexts. */
export function isTracing(): boolean {
  return context.with(
    ROOT_CONTEXT.setValue(PROBE, true),
    () => context.active().getValue(PROBE) === true,
  );
}

/** Does some work as a span of a trace. Without tracing it just does the work. */
export function inSpan<T>(
  name: string,
  { parent, kind, attributes = {} }: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const within = parent === undefined ? context.active() : contextOf(parent);
  const options = { attributes, kind: kind ? KINDS[kind] : SpanKind.INTERNAL };
  return trace.getTracer(NAME).startActiveSpan(name, options, within, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Adds what was done already to a trace.
 *
 * @returns the trace's id; undefined without tracing
 */
export function addSpan(
  name: string,
  options: SpanOptions & { startedAtMs: number; endedAtMs: number },
): string | undefined {
  if (!isTracing()) return undefined;
  const { parent = null, kind, attributes = {}, startedAtMs, endedAtMs } = options;
  const about = {
    attributes,
    startTime: startedAtMs,
    kind: kind ? KINDS[kind] : SpanKind.INTERNAL,
  };
  const span = trace.getTracer(NAME).startSpan(name, about, contextOf(parent));
  span.end(endedAtMs);
  return span.spanContext().traceId;
}

/** Marks a span as failed, by the error's name: its message may quote anything. */
export function markFailed(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.name : 'failed';
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** The W3C trace context of what is under way, to be kept for whoever goes on with it; null without tracing. */
export function traceParent(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  if (!span || !isSpanContextValid(span)) return null;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The trace of what is under way; undefined without tracing. */
export function traceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

function contextOf(parent: string | null): Context {
  const [, traceId = '', spanId = '', flags = ''] = TRACE_PARENT.exec(parent ?? '') ?? [];
  const traceFlags = Number.parseInt(flags, 16);
  const remote = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}
