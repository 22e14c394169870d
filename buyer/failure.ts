import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';

/** Something the user can act on: one line of what is wrong, one of what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** Stable, for scripts. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, code: string, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.hint = hint;
  }
}

/** @throws Failure Always: how the command was called is wrong. */
export function refuseUsage(message: string, hint?: string): never {
  throw new Failure(EXIT.usage, 'usage', message, hint);
}

/** The `code` of a system error such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
