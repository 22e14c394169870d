import pino, { type Logger } from 'pino';

const SECRETS = [
  'preimage',
  'secret',
  'macaroon',
  'apiKey',
  'authorization',
  'databaseUrl',
  'redisUrl',
];

/** Structured lines on stderr, secrets blanked: stdout belongs to what a program has to say. */
export function openLog(name: string, level: string): Logger {
  const redact = SECRETS.flatMap((key) => [key, `*.${key}`]);
  return pino({ name, level, redact }, pino.destination(2));
}
