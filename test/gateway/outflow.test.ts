import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { Gate } from '../../seeder/gate.ts';
import { Outflow } from '../../seeder/gateway/outflow.ts';
import { Visit } from '../../seeder/gateway/visit.ts';
import { WHOLE } from '../seeder/loopback.ts';

test('A27 nothing is read for a client that left while he was being let in', async () => {
  const gate = new Gate(Date.now);
  const feedId = randomUUID();
  const visitor = { buyerKey: Uint8Array.from(randomBytes(32)), untilMs: null };
  gate.grant({ buyerKey: visitor.buyerKey, feedId, expiresAtMs: null, ...WHOLE });
  using visit = new Visit(gate, Date.now, visitor, feedId);
  const asked = Promise.withResolvers<void>();
  const letIn = Promise.withResolvers<Outflow>();
  const app = express();
  app.get('/', async (_req, res) => {
    asked.resolve();
    await once(res, 'close');
    letIn.resolve(new Outflow(res, visit));
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
  await asked.promise;
  socket.destroy();
  const outflow = await letIn.promise;
  assert.equal(visit.isLive, true);
  assert.equal(outflow.isOpen, false);
  server.close();
  await once(server, 'close');
  gate.close();
});
