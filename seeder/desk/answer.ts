import type { Refusal, RefusalCode } from '../../domain/refusal.ts';
import type { HeardAsk } from '../../protocol/messages.ts';

/** Why a question got no answer, beyond what the business refuses. */
export type DeskRefusalCode = RefusalCode | 'limited' | 'unavailable' | 'not-understood';

export interface DeskRefusal {
  refused: DeskRefusalCode;
  detail: string;
}

/** A question of one kind. */
export type Asked<W extends HeardAsk['what']> = Extract<HeardAsk, { what: W }>;

export type Outcome = object | Refusal | DeskRefusal;

export function limited(detail: string): DeskRefusal {
  return { refused: 'limited', detail };
}
