import { EXIT, type ExitCode } from '../exit-codes.ts';
import { diskFailure, Failure } from '../failure.ts';
import { plainLine } from './text.ts';

/** Says on one line of stderr what went wrong and what to do next. @returns the exit code. */
export function reportFailure(error: unknown, json: boolean, err: NodeJS.WritableStream): ExitCode {
  const failure = error instanceof Failure ? error : (diskFailure(error) ?? unexpected(error));
  const { code, exitCode } = failure;
  const message = plainLine(failure.message);
  const hint = failure.hint === undefined ? undefined : plainLine(failure.hint);
  const text = json
    ? JSON.stringify({ error: { code, message, hint, exitCode } })
    : `dazaar: ${message}${hint === undefined ? '' : `; ${hint}`}`;
  err.write(`${text}\n`);
  if (process.env.DAZAAR_DEBUG && error instanceof Error) err.write(`${error.stack}\n`);
  return exitCode;
}

function unexpected(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(
    EXIT.fault,
    'fault',
    `unexpected fault: ${message}`,
    'DAZAAR_DEBUG=1 shows where',
  );
}
