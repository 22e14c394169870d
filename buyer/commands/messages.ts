import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Grant } from '../../contract/index.ts';
import { type Message, messagePage, sent } from '../../protocol/messages.ts';
import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Identity } from '../identity.ts';
import { tokenOf } from '../key-proof.ts';
import { messageFrom, readable } from '../message-body.ts';
import { MessageCursor } from '../message-cursor.ts';
import { knownIdentity } from '../own-identity.ts';
import { BuyerSwarm } from '../swarm/buyer-swarm.ts';
import { deviceId } from '../swarm/device.ts';
import { localTime } from '../terminal/amounts.ts';
import { plainLine } from '../terminal/text.ts';

export interface ListOptions {
  all?: boolean;
  follow?: boolean;
  name?: string;
}

export interface SendOptions {
  as: string;
}

/** A feed that the buyer has or had access to. */
type Feed = Pick<Grant, 'feedId' | 'listing'>;

/** How far the messages about it were told. */
interface Read {
  feed: Feed;
  after: string;
}

/** Tells what sellers wrote since the last time, and with `follow` what they write from then on. */
export async function listMessages(
  context: Context,
  slug: string | undefined,
  options: ListOptions,
): Promise<void> {
  const identity = await identityOf(context);
  const feeds = await boughtFeeds(context, identity, slug);
  await using swarm = await openSwarm(context, identity);
  let told = 0;
  const read: Read[] = [];
  for (const feed of feeds) {
    const news = await tellNew(context, swarm, feed, options);
    told += news.told;
    read.push({ feed, after: news.after });
  }
  if (told === 0 && !options.follow) context.console.note('Nothing new.');
  if (options.follow) await follow(context, swarm, read, options);
}

/** Writes to the seller of a listing; `-` stands for the standard input. */
export async function sendMessage(
  context: Context,
  slug: string,
  { name, body: given }: { name: string; body: string },
  { as }: SendOptions,
): Promise<void> {
  const message = await messageFrom(name, given, as);
  const identity = await identityOf(context);
  const [feed] = await boughtFeeds(context, identity, slug);
  await using swarm = await openSwarm(context, identity);
  const question = { what: 'send', messageId: randomUUID(), ...message } as const;
  const { seq } = understood(sent, await swarm.ask({ ...question, feedId: feed!.feedId }));
  context.console.data({ listing: slug, seq, name });
  context.console.note(`Sent to the seller of ${slug}.`);
}

async function tellNew(
  context: Context,
  swarm: BuyerSwarm,
  feed: Feed,
  { all, name }: ListOptions,
): Promise<{ told: number; after: string }> {
  const cursor = new MessageCursor(context.paths.messages, feed.feedId);
  const { feedId } = feed;
  let told = 0;
  let after = all ? '0' : await cursor.read();
  for (let isLast = false; !isLast; ) {
    const page = understood(messagePage, await swarm.ask({ what: 'messages', feedId, after }));
    for (const message of page.messages) told += tell(context, feed, message, name);
    after = page.messages.at(-1)?.seq ?? after;
    // A choice by name leaves others unread.
    if (page.messages.length > 0 && name === undefined) await cursor.write(after);
    isLast = page.isLast || page.messages.length === 0;
  }
  return { told, after };
}

async function follow(
  context: Context,
  swarm: BuyerSwarm,
  read: Read[],
  { name }: ListOptions,
): Promise<void> {
  let writing = Promise.resolve();
  const stops = read.map(({ feed, after }) => {
    const cursor = new MessageCursor(context.paths.messages, feed.feedId);
    return swarm.hear(feed.feedId, after, (message) => {
      tell(context, feed, message, name);
      if (name !== undefined) return;
      writing = writing.then(() => cursor.write(message.seq)).catch(() => undefined);
    });
  });
  await interruption();
  for (const stop of stops) stop();
  await writing;
}

/** @returns 1 if it was one to tell */
function tell({ console }: Context, { listing }: Feed, message: Message, name?: string): 0 | 1 {
  if (name !== undefined && message.name !== name) return 0;
  console.data({ listing, ...message });
  const head = `${localTime(message.sentAtMs)}  ${listing}  ${plainLine(message.name)}`;
  console.line(console.style.bold(message.isBroadcast ? `${head}  (to all)` : head));
  console.line(readable(message.body));
  return 1;
}

async function identityOf(context: Context): Promise<Identity> {
  const identity = await knownIdentity(context);
  if (identity) return identity;
  const hint = `${COMMAND} buy makes one`;
  throw new Failure(EXIT.noAccess, 'no-key', 'you have no key yet, so nobody writes to you', hint);
}

async function boughtFeeds(
  { client, settings }: Context,
  identity: Identity,
  slug: string | undefined,
): Promise<Feed[]> {
  const { grants } = await client.grants(await tokenOf(client, identity), slug);
  if (grants.length > 0) return grants;
  const what = slug === undefined ? 'anything here' : slug;
  const hint = `see what there is: ${COMMAND} browse${settings.repeated}`;
  throw new Failure(EXIT.noAccess, 'no-access', `you never had access to ${what}`, hint);
}

async function openSwarm({ client, paths }: Context, { keyPair }: Identity): Promise<BuyerSwarm> {
  const { publicKey: marketKey, swarm: place } = await client.market();
  return new BuyerSwarm({
    storeDir: paths.store,
    keyPair,
    device: await deviceId(paths.device),
    marketKey,
    place,
    refresh: async () => (await client.market()).swarm,
  });
}

function understood<T>(shape: z.ZodType<T>, value: unknown): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw new Failure(EXIT.market, 'market-misbehaves', 'the seeder’s answer cannot be understood');
}

function interruption(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
