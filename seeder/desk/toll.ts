import type { LimitName } from '../../domain/limit.ts';
import type { Limiter } from '../../ports/limiter.ts';
import type { HeardAsk } from '../../protocol/messages.ts';
import { type DeskRefusal, limited } from './answer.ts';
import type { Asker } from './deps.ts';

type Toll = [limit: LimitName, caller: string];

/**
 * Counts a question for whoever asks, as all processes together do: by key, and by address, which keys cost nothing at.
 *
 * @returns a refusal where it is one too many
 */
export async function takeToll(
  limiter: Limiter,
  asker: Pick<Asker, 'key' | 'host'>,
  asked: HeardAsk,
): Promise<DeskRefusal | null> {
  for (const [name, caller] of tollsOf(asker, asked)) {
    const { allowed, amount, windowSeconds, resetMs } = await limiter.take(name, caller);
    if (allowed) continue;
    const seconds = Math.ceil(resetMs / 1000);
    return limited(
      `More than ${amount} (${name}) in ${windowSeconds} s: ask again in ${seconds} s.`,
    );
  }
  return null;
}

function tollsOf({ key, host }: Pick<Asker, 'key' | 'host'>, asked: HeardAsk): Toll[] {
  const id = Buffer.from(key).toString('hex');
  switch (asked.what) {
    case 'order':
      return [
        ['orders', id],
        ['orders', host],
      ];
    case 'send':
      return [
        ['senders', host],
        ['messages', `${id} ${asked.feedId}`],
      ];
    default:
      return [
        ['asks', id],
        ['addresses', host],
      ];
  }
}
