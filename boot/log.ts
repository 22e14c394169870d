import pino, { type DestinationStream, type Logger } from 'pino';
import { logContext } from '../ports/log-context.ts';
import { traceId } from '../ports/trace.ts';
import type { Config } from './config.ts';
import { redact } from './redact.ts';
import { lineRedactor } from './redact-text.ts';

type Configured = Pick<Config, 'databaseUrl' | 'redisUrl' | 'marketSeed' | 'adminPassword'>;

/**
 * Structured lines on stderr: stdout belongs to what a program has to say. Secrets are blanked in fields of any depth,
 * in messages and errors, and once more in the whole line. What is logged for a request names it, and its trace.
 */
export function openLog(
  name: string,
  level: string,
  configured: Configured,
  destination: DestinationStream = pino.destination(2),
): Logger {
  const options = {
    name,
    level,
    mixin: () => ({ ...logContext.getStore(), traceId: traceId() }),
    serializers: { err: (error: unknown) => redact(error) },
    hooks: {
      logMethod(args: unknown[], log: (...args: unknown[]) => void) {
        log.apply(this, withoutSecrets(args));
      },
      streamWrite: lineRedactor(secretsOf(configured)),
    },
  };
  return pino(options as pino.LoggerOptions, destination);
}

// Pino takes a line's message from the error where it has no other.
function withoutSecrets([first, ...more]: unknown[]): unknown[] {
  const err = first instanceof Error ? first : (first as { err?: unknown } | null)?.err;
  const fields = first instanceof Error ? { err } : first;
  const words = more.length === 0 && err instanceof Error ? [err.message] : more;
  return [fields, ...words].map(redact);
}

function secretsOf({ databaseUrl, redisUrl, marketSeed, adminPassword }: Configured): string[] {
  const passwords = [databaseUrl, redisUrl].map((url) => (url ? new URL(url).password : ''));
  return [...passwords, ...passwords.map(decoded), marketSeed ?? '', adminPassword ?? ''];
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
