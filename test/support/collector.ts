import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it was sent, with the service that sent it. */
export interface SentSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** '' or missing: it begins the trace. */
  parentSpanId?: string;
  attributes: Record<string, unknown>;
  status?: { code?: number; message?: string };
}

export interface Collector extends AsyncDisposable {
  url: string;
  spans: SentSpan[];
  /** All that was sent, as it came. */
  text: () => string;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

type RawSpan = Omit<SentSpan, 'service' | 'attributes'> & { attributes: Attribute[] };

interface Request {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: RawSpan[] }[] }[];
}

/** Receives traces over OTLP/HTTP in JSON, as an OpenTelemetry collector does. */
export async function startCollector(): Promise<Collector> {
  const spans: SentSpan[] = [];
  const texts: string[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (req.url !== '/v1/traces') return res.writeHead(404).end();
    texts.push(text);
    spans.push(...spansIn(JSON.parse(text)));
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    text: () => texts.join('\n'),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function spansIn({ resourceSpans }: Request): SentSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(fieldsOf(resource.attributes)['service.name']);
    const spans = scopeSpans.flatMap((scope) => scope.spans);
    return spans.map((span) => ({ ...span, service, attributes: fieldsOf(span.attributes) }));
  });
}

function fieldsOf(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
