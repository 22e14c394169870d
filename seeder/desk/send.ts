import { isRefusal } from '../../domain/refusal.ts';
import { sendToSeller } from '../../flow/send-message.ts';
import type { Sent } from '../../protocol/messages.ts';
import type { Asked, Outcome } from './answer.ts';
import type { Asker, DeskDeps } from './deps.ts';

/** Sends a message of the connection's key to the seller of a feed, once. */
export async function answerSend(
  { prisma }: DeskDeps,
  { key: buyerKey }: Asker,
  { messageId: id, feedId, name, body }: Asked<'send'>,
): Promise<Outcome> {
  const sent = await sendToSeller(prisma, { id, feedId, buyerKey, name, body });
  return isRefusal(sent) ? sent : ({ seq: sent.id } satisfies Sent);
}
