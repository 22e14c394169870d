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

const WORDS: Record<string, string> = {
  EEXIST: 'there is something of that name already',
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota of the disk is used up',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  EROFS: 'the disk is read-only',
};

/** What went wrong with a file, in words. */
export function fileFault(error: unknown): string {
  const code = systemCode(error);
  return WORDS[code ?? ''] ?? code ?? String(error);
}

/** A fault of the disk that nobody has foreseen, as one that can be acted on; null for any other error. */
export function diskFailure(error: unknown): Failure | null {
  if (!(error instanceof Error) || !Object.hasOwn(WORDS, systemCode(error) ?? '')) return null;
  const where = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : '';
  return new Failure(EXIT.local, 'file-unusable', `${where}${fileFault(error)}`);
}

/** A file that the user has named cannot be written; `after` says what becomes of what was begun. */
export function unwritable(path: string, error: unknown, after = ''): Failure {
  const code = systemCode(error);
  const remedy = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room' : 'give another --out';
  const message = `${path} cannot be written (${fileFault(error)})`;
  return new Failure(EXIT.local, 'file-unusable', message, remedy + after);
}

/** The `code` of a system error such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
