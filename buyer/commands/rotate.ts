import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { createIdentity, type Identity, loadIdentity, succeedIdentity } from '../identity.ts';
import { tokenOf, transferTo } from '../key-proof.ts';
import { liveGrants } from './status.ts';

/**
 * Moves all live grants at this market to a new key. The new key is stored before anything moves to it; killed at any
 * point and run again, it goes on with that key.
 */
export async function rotate({ client, console, paths }: Context): Promise<void> {
  const old = await loadIdentity(paths.identity);
  if (!old) throw noKey();
  const nextPath = `${paths.identity}.next`;
  const next = await nextIdentity(nextPath);
  const live = liveGrants(await client.grants(await tokenOf(client, old)));
  for (const { listing } of live) {
    await client.transfer(await transferTo(client, old, listing, next.buyerKey));
    console.line(`Moved ${listing}.`);
  }
  const keptAs = await succeedIdentity(paths.identity, nextPath, new Date());
  console.data({ buyerKey: next.buyerKey, moved: live.map(({ listing }) => listing), keptAs });
  console.line(`Your buyer key is now ${console.style.bold(next.buyerKey)}`);
  console.line(`The key before it is kept in ${keptAs}; at this market it opens nothing any more.`);
}

async function nextIdentity(path: string): Promise<Identity> {
  const next = (await loadIdentity(path)) ?? (await createIdentity(path));
  if (next) return next;
  throw new Failure(EXIT.local, 'rotating', 'another command is rotating your key', 'wait for it');
}

const noKey = () =>
  new Failure(EXIT.noAccess, 'no-key', 'you have no key yet', `${COMMAND} buy makes one`);
