import type { Response } from 'express';
import type Hypercore from 'hypercore';
import { proveRange } from '../../protocol/range-proof.ts';

/** Sends what the blocks from `start` to before `end` can be verified by, against nothing but the core's key. */
export async function sendProof(
  res: Response,
  core: Hypercore,
  start: number,
  end: number,
): Promise<void> {
  const { length } = core;
  const proof = await proveRange(core, start, end);
  res.setHeader('Dazaar-Core-Key', core.key.toString('hex'));
  res.setHeader('Dazaar-Length', length);
  if (proof) res.setHeader('Dazaar-Proof', proof.toString('base64url'));
}
