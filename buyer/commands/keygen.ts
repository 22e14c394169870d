import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { createIdentity, loadIdentity, replaceIdentity } from '../identity.ts';

/** Makes the buyer's key pair. */
export async function keygen(context: Context, options: { force?: boolean }): Promise<void> {
  const path = context.paths.identity;
  const made = await createIdentity(path);
  if (made) return told(context, made.buyerKey);
  if (!options.force) throw await keyExists(path);
  const { identity, keptAs } = await replaceIdentity(path, new Date());
  told(context, identity.buyerKey, keptAs);
}

function told({ console, paths }: Context, buyerKey: string, keptAs?: string): void {
  console.data({ buyerKey, path: paths.identity, ...(keptAs && { keptAs }) });
  console.line(`Your buyer key: ${console.style.bold(buyerKey)}`);
  console.line(`It is stored in ${paths.identity}. Whoever has that file has what you bought.`);
  if (keptAs) console.line(`The key before it is kept in ${keptAs}.`);
}

async function keyExists(path: string): Promise<Failure> {
  const existing = await loadIdentity(path);
  return new Failure(
    EXIT.local,
    'key-exists',
    `you have a key already: ${existing?.buyerKey} in ${path}`,
    'what you bought belongs to it; --force replaces it and keeps the old file beside it',
  );
}
