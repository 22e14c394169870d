import { text } from 'node:stream/consumers';
import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { createWords, loadKeys } from '../identity.ts';
import { readSeedPhrase } from '../seed-phrase.ts';

const ROTATED = /^rotated ([0-9a-f]{64}) ([1-9]\d{0,5})$/;

/** Prints the seed phrase, and below it how often the key was replaced at which market: all that `restore` needs. */
export async function backupIdentity({ console, paths }: Context): Promise<void> {
  const keys = await loadKeys(paths.identity);
  if (keys === null) {
    const hint = `make them with ${COMMAND} keygen --words`;
    throw new Failure(EXIT.noAccess, 'no-key', 'you have no keys yet', hint);
  }
  if (keys.kind === 'one') {
    throw new Failure(
      EXIT.usage,
      'no-words',
      'your key is not made from words',
      `keep a copy of ${paths.identity} in a safe place instead`,
    );
  }
  const { words, rotations } = keys;
  console.data({ words, rotations });
  console.line(words);
  for (const [market, count] of Object.entries(rotations)) {
    console.line(`rotated ${market} ${count}`);
  }
}

/** Stores the keys of a backup, which is read from the standard input: what stands on a command line others can read. */
export async function restoreIdentity({ console, paths }: Context): Promise<void> {
  if (process.stdin.isTTY) console.note('Type the twelve words, then Enter and Ctrl-D:');
  const { words, rotations } = readBackup(await text(process.stdin));
  if (!(await createWords(paths.identity, words, rotations))) {
    throw new Failure(
      EXIT.local,
      'key-exists',
      `there are keys in ${paths.identity} already`,
      'move that file out of the way first: what was bought with them is lost without it',
    );
  }
  console.data({ path: paths.identity });
  console.line(`Your keys are stored in ${paths.identity}.`);
}

function readBackup(backup: string): { words: string; rotations: Record<string, number> } {
  const lines = backup.split('\n').map((line) => line.trim().toLowerCase());
  const rotations: Record<string, number> = {};
  for (const line of lines) {
    const [, market, count] = ROTATED.exec(line) ?? [];
    if (market !== undefined) rotations[market] = Number(count);
  }
  const words = readSeedPhrase(lines.filter((line) => !ROTATED.test(line)).join(' '));
  return words === null
    ? refuseUsage('these are no twelve words of a backup', 'look for a word that is misspelt')
    : { words, rotations };
}
