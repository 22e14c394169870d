import type { Command } from 'commander';
import { z } from 'zod';
import { slug } from '../../contract/primitives.ts';
import { candidates } from '../completion/candidates.ts';
import type { Context } from '../context.ts';
import { settingsFrom } from '../settings.ts';

// Whoever presses a key does not wait for a market that is away.
const MARKET_MS = 800;
const MAX_LISTINGS = 100;

// What is no name of a listing never comes into anybody's command line.
const named = z.object({ listings: z.array(z.object({ slug })) });

/** Prints what may stand in place of the last word, a line each. */
export async function complete(
  { console }: Context,
  program: Command,
  words: readonly string[],
): Promise<void> {
  const at = words.lastIndexOf('--market');
  const market = at === -1 ? undefined : words[at + 1];
  for (const candidate of await candidates(program, words, () => slugsAt(market))) {
    console.out.write(`${candidate}\n`);
  }
}

async function slugsAt(market: string | undefined): Promise<string[]> {
  try {
    const { marketUrl } = settingsFrom(market === undefined ? {} : { market });
    const url = new URL(`/v1/listings?limit=${MAX_LISTINGS}`, marketUrl);
    const answer = await fetch(url, { signal: AbortSignal.timeout(MARKET_MS) });
    return named.parse(await answer.json()).listings.map(({ slug }) => slug);
  } catch {
    // A line of an error would be taken for a word.
    return [];
  }
}
