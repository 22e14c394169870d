import type { LimitName } from '../../domain/limit.ts';
import type { Limiter } from '../../ports/limiter.ts';
import type { HeardAsk } from '../../protocol/messages.ts';
import { type DeskRefusal, limited } from './answer.ts';
import type { Asker } from './deps.ts';

/**
 * Counts a question for whoever asks, as all processes together do: by key, and by address, which keys cost nothing at.
 *
 * @returns a refusal where it is one too many
 */
export async function takeToll(
  limiter: Limiter,
  { key, host }: Pick<Asker, 'key' | 'host'>,
  what: HeardAsk['what'],
): Promise<DeskRefusal | null> {
  const id = Buffer.from(key).toString('hex');
  const tolls: [LimitName, string][] =
    what === 'order'
      ? [
          ['orders', id],
          ['orders', host],
        ]
      : [
          ['asks', id],
          ['addresses', host],
        ];
  for (const [name, caller] of tolls) {
    const { allowed, amount, windowSeconds, resetMs } = await limiter.take(name, caller);
    if (allowed) continue;
    const seconds = Math.ceil(resetMs / 1000);
    return limited(
      `More than ${amount} (${name}) in ${windowSeconds} s: ask again in ${seconds} s.`,
    );
  }
  return null;
}
