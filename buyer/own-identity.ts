import type { Context } from './context.ts';
import { refuseUsage } from './failure.ts';
import { createIdentity, type Identity, loadIdentity } from './identity.ts';

/** The buyer's identity; made, and told of, when there is none yet. */
export async function ownIdentity({ console, paths }: Context): Promise<Identity> {
  const existing = await loadIdentity(paths.identity);
  if (existing) return existing;
  const made = await createIdentity(paths.identity);
  if (!made) return refuseUsage('another command has just made your key', 'run this again');
  console.data({ event: 'key', buyerKey: made.buyerKey, path: paths.identity });
  console.line(`You had no key yet: made ${made.buyerKey.slice(0, 16)}… in ${paths.identity}`);
  return made;
}
