import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import {
  createIdentity,
  type Identity,
  identityAt,
  loadIdentity,
  loadKeys,
  nextIdentityAt,
  replaceWords,
  succeedIdentity,
} from '../identity.ts';
import { tokenOf, transferTo } from '../key-proof.ts';
import { liveGrants } from '../live-grants.ts';
import { rememberedPurchases } from '../sdk/purchase-record.ts';
import { slugOf } from '../sdk/slug-of.ts';

/**
 * Moves all live grants at this market to a new key. The new key is stored, or can be made again, before anything moves to
 * it; killed at any point and run again, it goes on with that key.
 */
export async function rotate(context: Context): Promise<void> {
  const keys = await loadKeys(context.paths.identity);
  if (keys === null) throw noKey();
  if (keys.kind === 'words') await rotateWords(context, keys);
  else await rotateKey(context, keys.identity);
}

async function rotateKey(context: Context, old: Identity): Promise<void> {
  const { console, paths } = context;
  const elsewhere = await boughtElsewhere(context);
  const nextPath = `${paths.identity}.next`;
  const next = await storedNext(nextPath);
  const moved = await move(context, old, next);
  const keptAs = await succeedIdentity(paths.identity, nextPath, new Date());
  console.data({ buyerKey: next.buyerKey, moved, keptAs, elsewhere });
  console.line(`Your buyer key is now ${console.style.bold(next.buyerKey)}`);
  console.line(`The key before it is kept in ${keptAs}; at this market it opens nothing any more.`);
  if (elsewhere.length === 0) return;
  const names = elsewhere.join(', ');
  console.line(`What you bought at other markets stays with the key that bought it: ${names}.`);
}

/** What one key for all markets has bought by card at others: nothing of that moves with it. */
async function boughtElsewhere({ client, settings }: Context): Promise<string[]> {
  const { publicKey } = await client.market();
  const cards = await rememberedPurchases(settings.home);
  return cards.flatMap(({ dazaar }) => (dazaar.marketKey === publicKey ? [] : slugOf(dazaar)));
}

async function rotateWords(
  context: Context,
  keys: Parameters<typeof nextIdentityAt>[0],
): Promise<void> {
  const { client, console, paths } = context;
  const { publicKey } = await client.market();
  const { identity, rotated } = nextIdentityAt(keys, publicKey);
  const moved = await move(context, identityAt(keys, publicKey), identity);
  if (rotated.kind === 'words') await replaceWords(paths.identity, rotated);
  console.data({ buyerKey: identity.buyerKey, moved, keptAs: null });
  console.line(`Your buyer key at this market is now ${console.style.bold(identity.buyerKey)}`);
  console.line(`The words are the same, but make a new backup: ${COMMAND} identity backup`);
}

async function move({ client, console }: Context, from: Identity, to: Identity): Promise<string[]> {
  const live = liveGrants(await client.grants(await tokenOf(client, from)));
  for (const { listing } of live) {
    await client.transfer(await transferTo(client, from, listing, to.buyerKey));
    console.line(`Moved ${listing}.`);
  }
  return live.map(({ listing }) => listing);
}

async function storedNext(path: string): Promise<Identity> {
  const next = (await loadIdentity(path)) ?? (await createIdentity(path));
  if (next) return next;
  throw new Failure(EXIT.local, 'rotating', 'another command is rotating your key', 'wait for it');
}

const noKey = () =>
  new Failure(EXIT.noAccess, 'no-key', 'you have no key yet', `${COMMAND} buy makes one`);
