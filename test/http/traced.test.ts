import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import express from 'express';
import { operationTable } from '../../http/operation-table.ts';
import { requestId } from '../../http/request-id.ts';
import { traced } from '../../http/traced.ts';

const THEIRS = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);

/** The span of a request that brings a trace of its own. */
async function spanOf(trustedProxies: string[], path: string) {
  exporter.reset();
  const app = express();
  app.set('trust proxy', trustedProxies);
  app.use(requestId, traced(operationTable([])));
  app.get('/claims/:code', (_, res) => void res.sendStatus(204));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const traceparent = `00-${THEIRS.traceId}-${THEIRS.spanId}-01`;
  await fetch(`http://127.0.0.1:${port}${path}`, { headers: { traceparent } });
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  const [span] = exporter.getFinishedSpans();
  return span!;
}

test('a trace that a stranger names is passed over', async () => {
  const span = await spanOf([], '/claims/1');
  assert.notEqual(span.spanContext().traceId, THEIRS.traceId);
  assert.equal(span.parentSpanContext, undefined);
});

test('a trace that a proxy of ours has begun goes on', async () => {
  const span = await spanOf(['127.0.0.1'], '/claims/1');
  assert.equal(span.spanContext().traceId, THEIRS.traceId);
  assert.equal(span.parentSpanContext?.spanId, THEIRS.spanId);
});

test('a request is named by its route: what stands in its path is nobody’s business', async () => {
  const span = await spanOf([], '/claims/swordfish?token=swordfish');
  assert.equal(span.name, 'GET /claims/{code}');
  assert.ok(!JSON.stringify([span.name, span.attributes]).includes('swordfish'));
});
