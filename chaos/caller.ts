import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

const ANSWER_WITHIN_MS = 30_000;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 2_000;
/** Longer than any outage of the plan: who is not served within it is a finding. */
const PATIENCE_MS = 120_000;

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what is answered
  body: any;
  headers: Headers;
  /** How often it was asked. */
  attempts: number;
}

export interface Request {
  method?: string;
  path: string;
  body?: object | string;
  headers?: Record<string, string>;
  /** Sent with every attempt: the market then does it once. */
  key?: string;
  random: Random;
  /** Statuses to be tried again beside 409 in flight, 429 and 5xx. */
  again?: readonly number[];
}

/** Nobody answered for longer than a good client waits. */
export class GaveUp extends Error {
  override name = 'GaveUp';
}

/** How often each answer came, and what faults said. */
export class Answers {
  readonly counts = new Map<string, number>();
  readonly faults: string[] = [];

  count(name: string, fault?: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (fault && this.faults.length < 200) this.faults.push(fault);
  }
}

/** A good client: it asks any of the servers, and again with the same key until it has an answer. */
export async function ask(
  urls: () => readonly string[],
  answers: Answers,
  request: Request,
): Promise<Answer> {
  const { random, path, again = [] } = request;
  const deadline = Date.now() + PATIENCE_MS;
  let delayMs = BACKOFF_MIN_MS;
  for (let attempts = 1; ; attempts++) {
    const answer = await attempt(random.pick(urls()), request);
    note(answers, request, answer);
    if ('status' in answer && !isPassing(answer, again)) return { ...answer, attempts };
    if (Date.now() > deadline) {
      const last =
        'status' in answer ? `${answer.status} ${JSON.stringify(answer.body)}` : answer.error;
      throw new GaveUp(`${request.method ?? 'GET'} ${path}: ${attempts} attempts, at last ${last}`);
    }
    await sleep(delayMs * (0.5 + random.next()));
    delayMs = Math.min(delayMs * 2, BACKOFF_MAX_MS);
  }
}

type Attempted = Omit<Answer, 'attempts'> | { error: string };

/** Asks once. */
export async function attempt(base: string, request: Omit<Request, 'random'>): Promise<Attempted> {
  const { body, path, headers, key } = request;
  const isJson = typeof body === 'object';
  try {
    const answer = await fetch(`${base}${path}`, {
      method: request.method ?? (body ? 'POST' : 'GET'),
      headers: {
        ...(isJson && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
        ...headers,
      },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const text = await answer.text();
    return { status: answer.status, body: parse(text), headers: answer.headers };
  } catch (error) {
    const { message, cause, name } = error as Error;
    return {
      error: name === 'TimeoutError' ? 'timeout' : ((cause as { code?: string })?.code ?? message),
    };
  }
}

function isPassing({ status, body }: Omit<Answer, 'attempts'>, again: readonly number[]): boolean {
  if (status >= 500 || status === 429 || again.includes(status)) return true;
  return status === 409 && body?.code === 'idempotency-in-flight';
}

function note(answers: Answers, { method, path, body }: Request, answer: Attempted): void {
  if (!('status' in answer)) {
    answers.count(answer.error);
    return;
  }
  const { status } = answer;
  const isFault = status === 500 || (status > 500 && !answer.body?.code);
  const verb = method ?? (body ? 'POST' : 'GET');
  answers.count(
    `${status}`,
    isFault
      ? `${new Date().toISOString()} ${verb} ${path}: ${status} ${JSON.stringify(answer.body)}`
      : undefined,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
