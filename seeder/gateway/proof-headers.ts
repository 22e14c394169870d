import type { Response } from 'express';
import type Hypercore from 'hypercore';
import { proveRange } from '../../protocol/range-proof.ts';
import type { Feed } from '../feeds.ts';

/**
 * Sends what the blocks from `start` to before `end` can be verified by, against nothing but the core's key. Of a sealed
 * feed its length alone: what is signed are the sealed blocks, and they are sent opened.
 */
export async function sendProof(
  res: Response,
  { seal }: Feed,
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
