import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { askGateway } from '../../server/gateway-client.ts';
import { createDatabase } from '../support/database.ts';

test('of two gateways the one that answers is asked, whichever was seen last, and first the next time', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  const asked: string[] = [];
  const dead = await openGateway(() => {});
  const behind = await openGateway(() => asked.push('behind'), 503);
  const up = await openGateway(() => asked.push('up'));
  for (const [i, server] of [up, behind, dead].entries()) {
    await prisma.seeder.create({
      data: {
        noiseKey: new Uint8Array(32).fill(i),
        bootstrap: [],
        gatewayUrl: urlOf(server),
        seenAt: new Date(Date.now() + i),
      },
    });
  }
  await close(dead);
  const ask = async () => {
    const answer = await askGateway(prisma, {
      path: '/v1/feeds',
      token: 'a token',
      address: undefined,
      signal: new AbortController().signal,
    });
    answer?.resume();
    return answer?.statusCode;
  };
  assert.equal(await ask(), 200);
  assert.deepEqual(asked, ['behind', 'up'], 'who has not got it yet is passed over');
  await close(behind);
  assert.equal(await ask(), 200);
  assert.equal(await ask(), 200);
  await close(up);
  assert.equal(await ask(), undefined);
});

async function openGateway(onrequest: () => void, status = 200): Promise<Server> {
  const server = createServer((_req, res) => {
    onrequest();
    res.writeHead(status).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
