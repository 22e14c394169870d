import { inspect } from 'node:util';
import { redactText } from './redact-text.ts';

const BLANK = '[redacted]';
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;

/** Names whose values are nobody's business, in lower case and without their dashes. */
const SECRET_NAME =
  /preimage|secret|macaroon|passw|passphrase|token|cookie|authori[sz]ation|apikey|privatekey|credential|claimcode|keycode|csrf|signature|session|mnemonic|seed|bolt11|parameters|(database|redis|connection)(url|string)|^(k1|sig|args|values|nwc)$/;

/** Names of hashes and public keys: they are shown whole. */
const PUBLIC_NAME = /(hash|key|sentby|spanid|traceid)$/;

/**
 * A copy of what is to be logged without its secrets, as plain JSON: errors with all that hangs on them, at any depth,
 * bytes as their number. Whatever it is given, it throws nothing.
 */
export function redact(value: unknown): unknown {
  return copy(value, '', 0, new Set());
}

/** An error as a text for a terminal. */
export function shownError(error: unknown): string {
  const shown = redact(error);
  if (typeof shown === 'string') return shown;
  if (!(error instanceof Error)) return inspect(shown, { depth: MAX_DEPTH });
  const { stack, message, type, ...more } = shown as Record<string, unknown>;
  const rest = Object.keys(more).length > 0 ? ` ${inspect(more, { depth: MAX_DEPTH })}` : '';
  return `${stack ?? `${type}: ${message}`}${rest}`;
}

function copy(value: unknown, name: string, depth: number, above: Set<object>): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  const plainName = name.toLowerCase().replace(/[-_\s]/g, '');
  if (SECRET_NAME.test(plainName)) return BLANK;
  switch (typeof value) {
    case 'string':
      return text(value, plainName);
    case 'number':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      return above.has(value) || depth > MAX_DEPTH
        ? '[…]'
        : ofObject(value, depth, new Set(above).add(value));
    default:
      return `[${typeof value}]`;
  }
}

function text(value: string, name: string): string {
  const isPublic = PUBLIC_NAME.test(name) && /^[0-9a-f]{16,66}$/i.test(value);
  return isPublic ? value : redactText(value.slice(0, MAX_TEXT));
}

function ofObject(value: object, depth: number, above: Set<object>): unknown {
  if (value instanceof Error) return ofError(value, depth, above);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item) => copy(item, '', depth + 1, above));
  }
  if (value instanceof Map || value instanceof Set) return `[${value.size} items]`;
  return fieldsOf(value, Object.keys(value), depth, above);
}

// What a query was called with is told by Prisma ahead of its last line, and the rest by its name.
function ofError(error: Error, depth: number, above: Set<object>): unknown {
  const isCall = error.name.startsWith('PrismaClient');
  const message = isCall ? lastLine(error.message) : error.message;
  const stack = isCall ? stackWithout(error) : error.stack;
  const hidden = ['cause', 'errors'].filter((key) => key in error);
  const own = Object.keys(error).filter((key) => !['name', 'message', 'stack'].includes(key));
  return {
    type: error.name,
    message: text(String(message), ''),
    ...(stack && { stack: text(stack, '') }),
    ...fieldsOf(error, [...new Set([...own, ...hidden])], depth, above),
  };
}

function fieldsOf(value: object, keys: string[], depth: number, above: Set<object>): object {
  const fields: Record<string, unknown> = {};
  for (const key of keys.slice(0, MAX_ITEMS)) {
    fields[key] = copy(read(value, key), key, depth + 1, above);
  }
  return fields;
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}

function lastLine(message: string): string {
  return message.trim().split('\n').at(-1) ?? '';
}

function stackWithout({ name, message, stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  return [`${name}: ${lastLine(message)}`, ...frames].join('\n');
}
