import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Message, messagePage, sent } from '../../protocol/messages.ts';
import type { Context } from '../context.ts';
import { type Conversation, openConversations } from '../conversations.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { messageFrom, readable } from '../message-body.ts';
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

/** How far the messages about a feed were told. */
interface Read {
  conversation: Conversation;
  after: string;
}

/** Tells what sellers wrote since the last time, and with `follow` what they write from then on. */
export async function listMessages(
  context: Context,
  name: string | undefined,
  options: ListOptions,
): Promise<void> {
  await using closing = new AsyncDisposableStack();
  let told = 0;
  const read: Read[] = [];
  for (const conversation of await openConversations(context, name, closing)) {
    const news = await tellNew(context, conversation, options);
    told += news.told;
    read.push({ conversation, after: news.after });
  }
  if (told === 0 && !options.follow) context.console.note('Nothing new.');
  if (options.follow) await follow(context, read, options);
}

/** Writes to the seller of a listing; `-` stands for the standard input. */
export async function sendMessage(
  context: Context,
  what: string,
  { name, body: given }: { name: string; body: string },
  { as }: SendOptions,
): Promise<void> {
  const message = await messageFrom(name, given, as);
  await using closing = new AsyncDisposableStack();
  const [conversation] = await openConversations(context, what, closing);
  const { swarm, feedId, listing } = conversation!;
  const question = { what: 'send', messageId: randomUUID(), ...message } as const;
  const { seq } = understood(sent, await swarm.ask({ ...question, feedId }));
  context.console.data({ listing, seq, name });
  context.console.note(`Sent to the seller of ${listing}.`);
}

async function tellNew(
  context: Context,
  conversation: Conversation,
  { all, name }: ListOptions,
): Promise<{ told: number; after: string }> {
  const { swarm, feedId, cursor } = conversation;
  let told = 0;
  let after = all ? '0' : await cursor.read();
  for (let isLast = false; !isLast; ) {
    const page = understood(messagePage, await swarm.ask({ what: 'messages', feedId, after }));
    for (const message of page.messages) told += tell(context, conversation, message, name);
    after = page.messages.at(-1)?.seq ?? after;
    // A choice by name leaves others unread.
    if (page.messages.length > 0 && name === undefined) await cursor.write(after);
    isLast = page.isLast || page.messages.length === 0;
  }
  return { told, after };
}

async function follow(context: Context, read: Read[], { name }: ListOptions): Promise<void> {
  let writing = Promise.resolve();
  const stops = read.map(({ conversation, after }) => {
    const { swarm, feedId, cursor } = conversation;
    return swarm.hear(feedId, after, (message) => {
      tell(context, conversation, message, name);
      if (name !== undefined) return;
      writing = writing.then(() => cursor.write(message.seq)).catch(() => undefined);
    });
  });
  await interruption();
  for (const stop of stops) stop();
  await writing;
}

/** @returns 1 if it was one to tell */
function tell(
  { console }: Context,
  { listing }: Conversation,
  message: Message,
  name?: string,
): 0 | 1 {
  if (name !== undefined && message.name !== name) return 0;
  console.data({ listing, ...message });
  const head = `${localTime(message.sentAtMs)}  ${listing}  ${plainLine(message.name)}`;
  console.line(console.style.bold(message.isBroadcast ? `${head}  (to all)` : head));
  console.line(readable(message.body));
  return 1;
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
