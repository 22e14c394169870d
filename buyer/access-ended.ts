import type { Invalid } from '../protocol/messages.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** No seeder lets the buyer in any more. */
export class AccessEnded extends Failure {
  readonly reason: Invalid['reason'];
  /** On the market's clock; null when no seeder told. */
  readonly expiresAtMs: number | null;

  constructor(reason: AccessEnded['reason'], expiresAtMs: number | null) {
    const at = expiresAtMs === null ? '' : ` at ${new Date(expiresAtMs).toISOString()}`;
    const what = reason === 'revoked' ? 'was revoked' : `ended${at} (${reason})`;
    super(EXIT.accessEnded, 'access-ended', `access ${what}`, 'extend it to read on');
    this.reason = reason;
    this.expiresAtMs = expiresAtMs;
  }
}
