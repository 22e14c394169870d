import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Router } from 'express';
import pino from 'pino';
import { z } from 'zod';
import { operation } from '../../contract/operation.ts';
import { type FrameOptions, frame } from '../../http/frame.ts';
import { createListener } from '../../http/listener.ts';
import { operate } from '../../http/operate.ts';
import type { Limiter } from '../../ports/limiter.ts';

const thing = z.object({ id: z.string(), note: z.string() });

export const readThing = operation({
  id: 'readThing',
  method: 'get',
  path: '/v1/things/{id}',
  tag: 'Things',
  summary: 'A thing',
  access: 'public',
  params: z.object({ id: z.string().max(20) }),
  query: z.object({
    limit: z.coerce.number().int().min(1).default(1),
    token: z.string().optional(),
  }),
  success: { status: 200, description: 'It.', body: thing },
});

export const writeThing = operation({
  id: 'writeThing',
  method: 'post',
  path: '/v1/things',
  tag: 'Things',
  summary: 'Another thing',
  access: 'listings',
  limit: 'orders',
  idempotency: 'required',
  body: z.strictObject({
    note: z.string().max(2000),
    parts: z.array(z.record(z.string(), z.unknown())).optional(),
  }),
  success: { status: 201, description: 'It.', body: thing },
});

const UNLIMITED: Limiter = {
  take: async (name) => ({
    name,
    allowed: true,
    amount: 10,
    windowSeconds: 60,
    remaining: 9,
    resetMs: 60_000,
  }),
  ping: async () => {},
  close: async () => {},
};

export interface SmallApi extends AsyncDisposable {
  url: string;
  port: number;
  /** What was logged, a line each. */
  lines: string[];
}

/** Two operations in the frame that every interface of ours has; the caller is a seller if he says that he is. */
export async function startSmallApi(options: Partial<FrameOptions> = {}): Promise<SmallApi> {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const app = frame(
    {
      operations: [readThing, writeThing],
      log,
      limiter: UNLIMITED,
      corsOrigins: [],
      trustedProxies: [],
      authenticate: async (req) =>
        req.headers.authorization
          ? { sellerId: req.headers.authorization, apiKeyId: null }
          : { status: 401, code: 'unauthenticated', detail: 'Who are you?', challenge: 'Bearer' },
      ...options,
    },
    (authenticate) => {
      const router = Router();
      operate(router, readThing, authenticate, async ({ params, req }) => {
        if (params.id === 'broken') throw new Error('a fault of ours');
        return { id: params.id, note: `${req.ip}` };
      });
      operate(router, writeThing, authenticate, async ({ body }) => ({ id: '1', note: body.note }));
      return [router];
    },
  );
  const server = createListener(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    lines,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
