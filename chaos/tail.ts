import { signBuyerToken } from '../protocol/buyer-token.ts';
import type { BuyerKey } from '../test/support/buyer-key.ts';
import type { Random } from './random.ts';
import type { Listing } from './shop.ts';
import type { Stand } from './stand.ts';

const TOKEN_MS = 300_000;
const BEYOND_MS = 3_000;

/** A token as the market once gave it: it says who somebody is, not what he may read. */
export async function tokenOf({ keys }: Pick<Stand, 'keys'>, buyerKeyHex: string): Promise<string> {
  const issuedAtMs = Date.now();
  return signBuyerToken(keys, {
    buyerKey: Uint8Array.from(Buffer.from(buyerKeyHex, 'hex')),
    feedId: null,
    grantId: null,
    issuedAtMs,
    expiresAtMs: issuedAtMs + TOKEN_MS,
  });
}

/** Follows a growing feed beyond the end of a grant: a row that was made after it must not come. */
export async function followTail(
  stand: Stand,
  { feedId, slug }: Listing,
  key: BuyerKey,
  expiresAtMs: number,
  random: Random,
): Promise<void> {
  const stop = AbortSignal.timeout(Math.max(1_000, expiresAtMs - Date.now() + BEYOND_MS));
  const authorization = `Bearer ${await tokenOf(stand, key.hex)}`;
  try {
    const answer = await fetch(
      `${random.pick(stand.gateways())}/v1/feeds/${feedId}/tail?start=0&plan=gift`,
      {
        headers: { authorization },
        signal: stop,
      },
    );
    if (answer.status !== 200 || !answer.body) return;
    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) check(stand, slug, event, expiresAtMs);
    }
  } catch {
    // Cut, killed or out of time: what had come was looked at.
  }
}

function check({ witness }: Stand, slug: string, event: string, expiresAtMs: number): void {
  const data = /^data: (.*)$/m.exec(event)?.[1];
  if (!/^event: block$/m.test(event) || !data) return;
  witness.add('blocks tailed');
  const { id, atMs } = JSON.parse(data);
  if (atMs > expiresAtMs) {
    const lateMs = atMs - expiresAtMs;
    witness.violate(
      'I3',
      'leak',
      `${slug}: row ${id} was made ${lateMs} ms after the grant had ended`,
    );
  }
}
