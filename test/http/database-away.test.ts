import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import express from 'express';
import pino from 'pino';
import { problemHandler } from '../../http/problem.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { createDatabase } from '../support/database.ts';

type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

test('A44 a connection that PostgreSQL cuts in the middle of a transaction is a 503, whatever is asked of it next', async () => {
  await using db = await createDatabase();
  const cut = async (tx: Tx) => {
    const [{ pid }] = await tx.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`;
    await db.outside(`SELECT pg_terminate_backend(${pid})`);
  };
  const app = express();
  app.get('/at-once', async () => {
    await db.prisma.$transaction(async (tx) => {
      await cut(tx);
      await tx.seller.count();
    });
  });
  app.get('/later', async () => {
    await db.prisma.$transaction(async (tx) => {
      await cut(tx);
      await tx.seller.count().catch(() => {});
      await tx.seller.count();
    });
  });
  app.get('/at-the-end', async () => {
    await db.prisma.$transaction(cut);
  });
  // What the driver says when the connection was lost without a word while COMMIT was on its way.
  app.get('/without-a-word', () => {
    throw new DriverAdapterError({ kind: 'ConnectionClosed' });
  });
  // What it says at COMMIT, as of any other raw error of PostgreSQL's, when the whole server was killed.
  app.get('/server-killed', () => {
    const code = '57P01';
    const message = 'terminating connection due to unexpected postmaster exit';
    const words = { originalCode: code, originalMessage: message, severity: 'FATAL' };
    const rest = { detail: undefined, column: undefined, hint: undefined };
    throw new DriverAdapterError({ kind: 'postgres', code, message, ...words, ...rest });
  });
  app.use(problemHandler(pino({ level: 'silent' })));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    for (const path of ['at-once', 'later', 'at-the-end', 'without-a-word', 'server-killed']) {
      const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
      assert.equal(answer.status, 503, `${path}: ${await answer.text()}`);
    }
  } finally {
    server.close();
  }
});
