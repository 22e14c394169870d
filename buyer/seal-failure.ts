import type { SealError } from '../protocol/seal-error.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** What a buyer is told who meets a block of a sealed feed that he cannot open. */
export function sealFailure({ code, message }: SealError): Failure {
  if (code !== 'no-key') return new Failure(EXIT.market, 'seal-broken', message);
  const hint = 'your access does not cover it, or no seeder has given you the key yet: try again';
  return new Failure(EXIT.noAccess, 'no-key', message, hint);
}
