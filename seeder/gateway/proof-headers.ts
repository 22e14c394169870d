import type { Response } from 'express';
import type Hypercore from 'hypercore';
import { proveRange } from '../../protocol/range-proof.ts';
import type { Feed } from '../feeds.ts';

/**
 * Sends what the blocks from `start` to before `end` can be verified by, against nothing but the core's key. Of those that
 * are sent opened, their number alone: what is signed are the sealed blocks.
 *
 * @param seal what they are opened with; null when they come as they are
 */
export async function sendProof(
  res: Response,
  { seal }: Pick<Feed, 'seal'>,
  core: Hypercore,
  start: number,
  end: number,
): Promise<void> {
  const { length } = core;
  const isProvable = !seal || start === end;
  const proof = isProvable ? await proveRange(core, start, end) : null;
  res.setHeader('Dazaar-Core-Key', core.key.toString('hex'));
  res.setHeader('Dazaar-Length', length);
  if (proof) res.setHeader('Dazaar-Proof', proof.toString('base64url'));
}
