import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { faultOfMessage, type Json, type Said } from '../domain/message.ts';
import { refuseUsage } from './failure.ts';
import { plainText } from './terminal/text.ts';

/** A message as a command line names it: as text or JSON, from the standard input for `-`. @throws Failure */
export async function messageFrom(name: string, given: string, as: string): Promise<Said> {
  if (as !== 'text' && as !== 'json') return refuseUsage(`--as must be text or json, not "${as}"`);
  const text = given === '-' ? await textOf(process.stdin) : given;
  const message = { name, body: as === 'json' ? parsed(text) : text };
  const fault = faultOfMessage(message);
  return fault ? refuseUsage(fault.detail) : message;
}

/** What a message says, for a terminal. */
export function readable(body: Json): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  return `  ${plainText(text).replaceAll('\n', '\n  ')}`;
}

function parsed(text: string): Json {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return refuseUsage('the message is no JSON', 'send it as text: leave out --as json');
  }
}
