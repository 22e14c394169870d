import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { problem } from '../../contract/index.ts';
import type { TestMarket } from './market.ts';

export interface Sent {
  method?: string;
  body?: object;
  headers?: Record<string, string>;
}

/** Sends JSON to a market's server, with a fresh Idempotency-Key unless it has one. */
export function send(market: TestMarket, path: string, sent: Sent = {}): Promise<Response> {
  const { body, method = body ? 'POST' : 'GET', headers } = sent;
  return fetch(`${market.server.url}${path}`, {
    method,
    headers: {
      'idempotency-key': randomBytes(16).toString('hex'),
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** The JSON of an answer that has the status. */
export async function answered(answer: Response | Promise<Response>, status = 200) {
  const { status: got, text } = await textOf(await answer);
  assert.equal(got, status, text);
  return JSON.parse(text);
}

/** Checks that the answer is a problem document of that status and code. */
export async function refused(
  answer: Response | Promise<Response>,
  status: number,
  code: string,
): Promise<string> {
  const got = await textOf(await answer);
  assert.equal(got.status, status, got.text);
  const document = problem.parse(JSON.parse(got.text));
  assert.equal(document.code, code, got.text);
  return document.detail ?? '';
}

async function textOf(answer: Response) {
  return { status: answer.status, text: await answer.text() };
}
