import { type Refusal, refuse } from './refusal.ts';

/** The largest body, as JSON in UTF-8. */
export const MAX_BODY_BYTES = 16 * 1024;

/** What a message is received by: plain enough to stand anywhere, in a log, a shell or a path. */
export const MESSAGE_NAME = /^[A-Za-z0-9_.:/-]{1,64}$/;

const MAX_DEPTH = 16;

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What somebody says: a name that receivers choose by, and any JSON. */
export interface Said {
  name: string;
  body: Json;
}

/** What is wrong with a message; null when it can be sent. */
export function faultOfMessage({ name, body }: Said): Refusal | null {
  if (!MESSAGE_NAME.test(name)) {
    return refuse(
      'message-invalid',
      'The name of a message is 1 to 64 letters, digits or . : / _ -',
    );
  }
  if (isTooDeep(body)) {
    return refuse('message-invalid', `The body nests deeper than ${MAX_DEPTH} levels.`);
  }
  if (!isText(body)) {
    return refuse('message-invalid', 'A text of the body has U+0000 in it, or half a character.');
  }
  const bytes = new TextEncoder().encode(JSON.stringify(body)).length;
  if (bytes <= MAX_BODY_BYTES) return null;
  const limit = `${MAX_BODY_BYTES / 1024} KiB`;
  return refuse(
    'message-too-large',
    `The body is ${bytes} bytes of JSON; at most ${limit} are sent.`,
  );
}

function isTooDeep(value: Json, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth >= MAX_DEPTH) return true;
  return Object.values(value).some((each) => isTooDeep(each, depth + 1));
}

/** Whether all texts in it, names too, are such that PostgreSQL keeps them. */
function isText(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, each]) => isText(name) && isText(each));
}
