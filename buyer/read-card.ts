import { readFile } from 'node:fs/promises';
import { card as cardShape } from '../contract/index.ts';
import { type Card, verifyCard } from '../protocol/card.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

const MAX_BYTES = 1024 * 1024;
const ANSWER_MS = 15_000;

/**
 * The card at an address or in a file, checked against its own signature: that the key on it is the right market's is for
 * whoever has it from somebody.
 *
 * @throws Failure when there is none, or it is not as it was signed
 */
export async function readCard(source: string): Promise<Card> {
  const text = /^https?:\/\//.test(source) ? await fetchText(source) : await readText(source);
  const value = jsonOf(text);
  const { data } = cardShape.safeParse(value);
  if (!data) throw fail('card-unreadable', `${source} is no card of a listing`);
  if (!verifyCard(value)) throw fail('card-forged', `the card ${source} is not as it was signed`);
  return data;
}

async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
  if (!answer?.ok) throw fail('card-unreachable', `${url} gives no card`);
  const text = await answer.text();
  if (text.length > MAX_BYTES) throw fail('card-unreadable', `${url} is no card of a listing`);
  return text;
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) throw fail('card-unreadable', `there is no file ${path} that can be read`);
  return text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fail = (code: string, message: string) => new Failure(EXIT.local, code, message);
