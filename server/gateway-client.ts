import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { z } from 'zod';
import { readSeeders } from '../flow/read-seeders.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

const MAX_GATEWAYS = 3;
const CONNECT_MS = 2_000;
const ANSWER_MS = 15_000;
/** How long one that did not answer is asked after the others. */
const AVOID_MS = 30_000;
/** A tail gives a sign of life every 15 s; whatever says nothing for so long is gone. */
const SILENCE_MS = 45_000;
const MAX_JSON_BYTES = 16 * 1024 * 1024;

// By origin: there are as few as seeders.
const failedAtMs = new Map<string, number>();

export interface GatewayRequest {
  /** With its query. */
  path: string;
  method?: 'GET' | 'HEAD';
  /** A buyer token. */
  token: string;
  headers?: Record<string, string>;
  /** The IP address on whose behalf: gateways that trust this server count requests by it. */
  address: string | undefined;
  /** Ends the request, and the body that is being read. */
  signal: AbortSignal;
}

/**
 * Asks the gateway of a seeder that is up: the one that was seen last first, behind whom one that has just failed.
 *
 * @returns its answer, whose body has to be read or destroyed; null when none answers
 */
export async function askGateway(
  prisma: PrismaClient,
  asked: GatewayRequest,
): Promise<IncomingMessage | null> {
  const { gateways } = await readSeeders(prisma);
  const nowMs = performance.now();
  const inOrder = gateways.toSorted(
    (a, b) => Number(isAvoided(a, nowMs)) - Number(isAvoided(b, nowMs)),
  );
  for (const gateway of inOrder.slice(0, MAX_GATEWAYS)) {
    const answer = await ask(gateway, asked).catch(() => null);
    if (answer) failedAtMs.delete(gateway);
    else if (!asked.signal.aborted) failedAtMs.set(gateway, performance.now());
    if (asked.signal.aborted) answer?.destroy();
    else if (answer && answer.statusCode !== 503) return answer;
    else answer?.destroy();
  }
  return null;
}

function isAvoided(gateway: string, nowMs: number): boolean {
  const atMs = failedAtMs.get(gateway) ?? Number.NEGATIVE_INFINITY;
  if (nowMs - atMs < AVOID_MS) return true;
  failedAtMs.delete(gateway);
  return false;
}

async function ask(
  gateway: string,
  { path, method = 'GET', token, headers, address, signal }: GatewayRequest,
): Promise<IncomingMessage> {
  const url = new URL(path, gateway);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const sent = request(url, {
    method,
    signal,
    agent: false,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(address !== undefined && { 'x-forwarded-for': address }),
    },
  });
  sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error('the gateway says nothing')));
  const late = setTimeout(() => sent.destroy(new Error('the gateway is late')), ANSWER_MS);
  sent.once('socket', (socket) => {
    if (!socket.connecting) return;
    const unreachable = setTimeout(() => sent.destroy(new Error('no connection')), CONNECT_MS);
    const reached = () => clearTimeout(unreachable);
    socket.once('connect', reached).once('close', reached);
  });
  sent.end();
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    // What breaks off later is told to whoever reads the body.
    sent.on('error', () => undefined);
    return answer;
  } finally {
    clearTimeout(late);
  }
}

/** The JSON of an answer, as the contract has it. @throws when it is none, or is larger than any page of the gateway */
export async function readJson<S extends z.ZodType>(
  answer: IncomingMessage,
  shape: S,
): Promise<z.output<S>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_JSON_BYTES) throw new Error('the gateway answers with more than it should');
    chunks.push(chunk);
  }
  return shape.parse(JSON.parse(Buffer.concat(chunks).toString()));
}
