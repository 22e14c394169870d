import type { Context } from './context.ts';
import { refuseUsage } from './failure.ts';
import { createIdentity, type Identity, identityAt, loadKeys } from './identity.ts';

/** Who the buyer is at this market; null when there is no key yet. Asks the market who it is only where keys differ by it. */
export async function knownIdentity({
  client,
  paths,
}: Pick<Context, 'client' | 'paths'>): Promise<Identity | null> {
  const keys = await loadKeys(paths.identity);
  if (keys === null || keys.kind === 'one') return keys?.identity ?? null;
  return identityAt(keys, (await client.market()).publicKey);
}

/** The same; a key is made, and told of, when there is none yet. */
export async function ownIdentity(context: Context): Promise<Identity> {
  const existing = await knownIdentity(context);
  if (existing) return existing;
  const { console, paths } = context;
  const made = await createIdentity(paths.identity);
  if (!made) return refuseUsage('another command has just made your key', 'run this again');
  console.data({ event: 'key', buyerKey: made.buyerKey, path: paths.identity });
  console.line(`You had no key yet: made ${made.buyerKey.slice(0, 16)}… in ${paths.identity}`);
  return made;
}
