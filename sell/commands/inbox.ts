import type { Context } from '../../buyer/context.ts';
import { refuseUsage } from '../../buyer/failure.ts';
import { messageFrom, readable } from '../../buyer/message-body.ts';
import { localTime } from '../../buyer/terminal/amounts.ts';
import type { Message } from '../../contract/message.ts';
import { SellerClient } from '../seller-client.ts';
import { type TargetOptions, targetOf } from '../target.ts';

export interface InboxOptions extends TargetOptions {
  all?: boolean;
  seen?: boolean;
  buyer?: string;
  name?: string;
}

export interface WriteOptions extends TargetOptions {
  to?: string;
  toAll?: boolean;
  as: string;
}

/** Tells what buyers wrote that the seller has not seen yet, oldest first; with `all`, all that was said. */
export async function inbox(
  context: Context,
  listing: string | undefined,
  { all, seen, buyer, name, ...options }: InboxOptions,
): Promise<void> {
  const client = new SellerClient(await targetOf(context, options));
  const asked = client.messages({
    ...(listing !== undefined && { listing }),
    ...(buyer !== undefined && { buyerKey: buyer }),
    ...(name !== undefined && { name }),
    ...(!all && { unread: 'true' }),
  });
  const newestFirst: Message[] = [];
  for await (const message of asked) newestFirst.push(message);
  for (const message of newestFirst.toReversed()) {
    tell(context, message);
    if (seen && isUnread(message)) await client.markRead(message.seq);
  }
  if (newestFirst.length === 0) context.console.note(all ? 'Nothing was said.' : 'Nothing new.');
}

/** Writes to a buyer of a listing, or to all that have access. */
export async function writeToBuyers(
  context: Context,
  slug: string,
  { name, body }: { name: string; body: string },
  { to, toAll, as, ...options }: WriteOptions,
): Promise<void> {
  if ((to === undefined) === !toAll) refuseUsage('say whom it is for: --to KEY or --to-all');
  const message = await messageFrom(name, body, as);
  const client = new SellerClient(await targetOf(context, options));
  const sent = await client.sendMessage(slug, { ...message, ...(to !== undefined && { to }) });
  context.console.data(sent);
  const { reaches } = sent;
  const whom =
    reaches === null
      ? 'Sent.'
      : `Sent; ${reaches} ${reaches === 1 ? 'buyer has' : 'buyers have'} access now.`;
  context.console.note(whom);
}

function tell({ console }: Context, message: Message): void {
  console.data(message);
  const { buyerKey, listing, name, direction, sentAtMs } = message;
  const who = `${direction === 'to-buyer' ? 'to' : 'from'} ${buyerKey ?? 'all'}`;
  const mark = isUnread(message) ? '  (unread)' : '';
  console.line(console.style.bold(`${localTime(sentAtMs)}  ${listing}  ${name}  ${who}${mark}`));
  console.line(readable(message.body));
}

function isUnread({ direction, readAtMs }: Message): boolean {
  return direction === 'to-seller' && readAtMs === null;
}
