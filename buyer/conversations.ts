import type { Grant } from '../contract/index.ts';
import { COMMAND } from './command-name.ts';
import { isOffer, openBuyerOf } from './commands/offers.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { tokenOf } from './key-proof.ts';
import { MessageCursor } from './message-cursor.ts';
import { knownIdentity } from './own-identity.ts';
import type { Offer } from './sdk/offer.ts';
import { rememberedPurchases } from './sdk/purchase-record.ts';
import { slugOf } from './sdk/slug-of.ts';
import { BuyerSwarm } from './swarm/buyer-swarm.ts';
import { deviceId } from './swarm/device.ts';

/** What a buyer and a seller write to each other about a feed that was bought. */
export interface Conversation {
  listing: string;
  feedId: string;
  swarm: Pick<BuyerSwarm, 'ask' | 'hear'>;
  /** How far it was read. */
  cursor: MessageCursor;
}

/**
 * Those about all that was bought from the market or by card, or about what is named so; closed with `closing`.
 *
 * @param name a listing's name; or a card or a key, for which no market is asked
 * @throws Failure when there is none
 */
export async function openConversations(
  context: Context,
  name: string | undefined,
  closing: AsyncDisposableStack,
): Promise<Conversation[]> {
  const byCard = await ofCards(context, name, closing);
  if (name !== undefined && isOffer(name)) return byCard;
  const granted = await ofGrants(context, name, closing).catch((error: unknown) => {
    if (byCard.length > 0 && error instanceof Failure && DISPENSABLE.has(error.code)) return [];
    throw error;
  });
  const known = new Set(granted.map(({ feedId }) => feedId));
  return [...granted, ...byCard.filter(({ feedId }) => !known.has(feedId))];
}

// Who buys by card alone need not know the market's address.
const DISPENSABLE = new Set(['no-access', 'no-key', 'market-unreachable']);

async function ofCards(
  context: Context,
  name: string | undefined,
  closing: AsyncDisposableStack,
): Promise<Conversation[]> {
  const isNamed = name !== undefined && isOffer(name);
  if (!isNamed && (await rememberedPurchases(context.settings.home)).length === 0) return [];
  const buyer = closing.use(await openBuyerOf(context, undefined));
  if (isNamed) return [conversationOn(await buyer.connect(name))];
  const bought = (await buyer.bought()).map(conversationOn);
  return bought.filter(({ listing }) => name === undefined || listing === name);
}

function conversationOn(offer: Offer): Conversation {
  return { listing: slugOf(offer.card.dazaar), feedId: offer.card.dazaar.feedId, ...offer.mail };
}

async function ofGrants(
  context: Context,
  slug: string | undefined,
  closing: AsyncDisposableStack,
): Promise<Conversation[]> {
  const { client, paths } = context;
  const identity = await knownIdentity(context);
  if (!identity) throw noKey();
  const { grants } = await client.grants(await tokenOf(client, identity), slug);
  if (grants.length === 0) throw noAccess(context, slug);
  const { publicKey: marketKey, swarm: place } = await client.market();
  const swarm = closing.use(
    new BuyerSwarm({
      storeDir: paths.store,
      keyPair: identity.keyPair,
      device: await deviceId(paths.device),
      marketKey,
      place,
      refresh: async () => (await client.market()).swarm,
    }),
  );
  return grants.map(({ listing, feedId }: Grant) => {
    return { listing, feedId, swarm, cursor: new MessageCursor(paths.messages, feedId) };
  });
}

function noAccess({ settings }: Context, slug: string | undefined): Failure {
  const hint = `see what there is: ${COMMAND} browse${settings.repeated}`;
  const message = `you never had access to ${slug ?? 'anything here'}`;
  return new Failure(EXIT.noAccess, 'no-access', message, hint);
}

const noKey = () =>
  new Failure(
    EXIT.noAccess,
    'no-key',
    'you have no key yet, so nobody writes to you',
    `${COMMAND} buy makes one`,
  );
