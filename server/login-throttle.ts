import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { addressOf, pass } from '../http/limits.ts';
import type { Limiter } from '../ports/limiter.ts';

/**
 * Whether somebody may try a password of an account; if not, the answer is sent. Attempts count before they are judged,
 * so that many at once are no way around. The pair of account and address is what a guesser uses up: the owner, who is
 * elsewhere, still gets in.
 */
export async function mayGuess(
  limiter: Limiter,
  req: Request,
  res: Response,
  account: string,
): Promise<boolean> {
  const byPair = await limiter.take('guesses', nameOf(account, addressOf(req)));
  if (!pass(res, byPair)) return false;
  return pass(res, await limiter.take('emails', nameOf(account)));
}

/** Whether an address may try another claim code or key code; if not, the answer is sent. */
export async function mayGuessCode(
  limiter: Limiter,
  req: Request,
  res: Response,
): Promise<boolean> {
  return pass(res, await limiter.take('guesses', addressOf(req)));
}

/** Emails and addresses are counted by their hash: the counters name nobody. */
function nameOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
