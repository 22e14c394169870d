import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import {
  createIdentity,
  createWords,
  loadKeys,
  replaceIdentity,
  replaceWords,
  setAside,
} from '../identity.ts';
import { createSeedPhrase } from '../seed-phrase.ts';

export interface KeygenOptions {
  force?: boolean;
  words?: boolean;
}

/** Makes the buyer's key pair; or with `words` a seed phrase, which gives another key at each market. */
export async function keygen(context: Context, options: KeygenOptions): Promise<void> {
  if (options.words) return keygenWords(context, options.force ?? false);
  const path = context.paths.identity;
  const made = await createIdentity(path);
  if (made) return told(context, made.buyerKey);
  if (!options.force) throw await keyExists(path);
  const { identity, keptAs } = await replaceIdentity(path, new Date());
  told(context, identity.buyerKey, keptAs);
}

async function keygenWords({ console, paths }: Context, force: boolean): Promise<void> {
  const path = paths.identity;
  const words = createSeedPhrase();
  let keptAs: string | undefined;
  if (!(await createWords(path, words))) {
    if (!force) throw await keyExists(path);
    keptAs = await setAside(path, new Date());
    await replaceWords(path, { words, rotations: {} });
  }
  console.data({ path, ...(keptAs && { keptAs }) });
  console.line(`Your keys are made from twelve words, which are stored in ${path}.`);
  console.line(`Write them down, they are all that a backup needs: ${COMMAND} identity backup`);
  if (keptAs) console.line(`The key before them is kept in ${keptAs}.`);
}

function told({ console, paths }: Context, buyerKey: string, keptAs?: string): void {
  console.data({ buyerKey, path: paths.identity, ...(keptAs && { keptAs }) });
  console.line(`Your buyer key: ${console.style.bold(buyerKey)}`);
  console.line(`It is stored in ${paths.identity}. Whoever has that file has what you bought.`);
  if (keptAs) console.line(`The key before it is kept in ${keptAs}.`);
}

async function keyExists(path: string): Promise<Failure> {
  const keys = await loadKeys(path);
  const which = keys?.kind === 'one' ? `: ${keys.identity.buyerKey} in ${path}` : ` in ${path}`;
  return new Failure(
    EXIT.local,
    'key-exists',
    `you have a key already${which}`,
    'what you bought belongs to it; --force replaces it and keeps the old file beside it',
  );
}
