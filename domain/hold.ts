/** A payment that has arrived and is held on its way. */
export interface HeldPayment {
  /** By when it is taken or given back. */
  endsAtMs: number;
  /** In how many blocks it can be taken back on the chain. */
  blocksLeft: number;
  /** Whether a seeder lets the buyer in. */
  isServed: boolean;
}

// LND gives a payment back by itself with 18 blocks left (12 before 0.21). One that is taken is to be safe well before.
const MIN_BLOCKS_LEFT = 30;

/** Whether a held payment waits, is taken, or is given back. */
export function judgeHold(held: HeldPayment, nowMs: number): 'wait' | 'take' | 'give-back' {
  if (nowMs >= held.endsAtMs || held.blocksLeft < MIN_BLOCKS_LEFT) return 'give-back';
  return held.isServed ? 'take' : 'wait';
}
