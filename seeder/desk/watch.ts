import { refuse } from '../../domain/refusal.ts';
import type { Asked, Outcome } from './answer.ts';
import type { Asker } from './deps.ts';

/** How an order of this buyer stands; somebody else's is as good as none. */
export async function answerWatch(
  { watches }: Asker,
  { orderId }: Asked<'watch'>,
): Promise<Outcome> {
  const state = await watches.watch(orderId);
  return state ?? refuse('order-not-found', 'This key has no such order.');
}
