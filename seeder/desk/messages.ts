import { readMail } from '../../flow/read-mail.ts';
import type { MessagePage } from '../../protocol/messages.ts';
import { asMessage, latestSeq } from '../message.ts';
import type { Asked, Outcome } from './answer.ts';
import type { Asker, DeskDeps } from './deps.ts';

const PAGE = 16;

/** What a seller said to the connection's key, or to all while it had access. */
export async function answerMessages(
  { prisma }: DeskDeps,
  { key: buyerKey }: Asker,
  { feedId, after }: Asked<'messages'>,
): Promise<Outcome> {
  const box = { feedId, buyerKey, after: latestSeq(after) };
  const bounds = { ofEach: PAGE + 1, ofAll: PAGE + 1 };
  const mail = await readMail(prisma, [box], latestSeq(), bounds);
  return {
    messages: mail
      .slice(0, PAGE)
      .map((each, i) => asMessage(feedId, mail[i - 1]?.seq ?? box.after, each)),
    isLast: mail.length <= PAGE,
  } satisfies MessagePage;
}
