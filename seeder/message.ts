import type { Mail } from '../flow/read-mail.ts';
import type { Message } from '../protocol/messages.ts';

// PostgreSQL's largest bigint: behind all messages that there will ever be.
const NO_MESSAGE = 2n ** 63n - 1n;

/** The number that a buyer names as the database can take it; left out, one behind all messages. */
export function latestSeq(named?: string): bigint {
  const seq = named === undefined ? NO_MESSAGE : BigInt(named);
  return seq < NO_MESSAGE ? seq : NO_MESSAGE;
}

/**
 * A message as it is brought to a buyer.
 *
 * @param after the one that he was brought before it
 */
export function asMessage(feedId: string, after: bigint, mail: Mail): Message {
  const { seq, name, body, isBroadcast, sentAt } = mail;
  return {
    feedId,
    seq: seq.toString(),
    after: after.toString(),
    name,
    body,
    isBroadcast,
    sentAtMs: sentAt.getTime(),
  };
}
