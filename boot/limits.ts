import { LIMITS, type Limit, type LimitName } from '../domain/limit.ts';

const KIB_OF_4_GIB = 4 * 1024 * 1024;

/** What a caller may do, unless RATE_LIMITS says otherwise. */
const DEFAULTS: Record<LimitName, Limit> = {
  reads: { amount: 1200, windowSeconds: 60 },
  searches: { amount: 240, windowSeconds: 60 },
  writes: { amount: 300, windowSeconds: 60 },
  orders: { amount: 30, windowSeconds: 60 },
  trials: { amount: 3, windowSeconds: 86_400 },
  asks: { amount: 240, windowSeconds: 60 },
  logins: { amount: 20, windowSeconds: 60 },
  guesses: { amount: 10, windowSeconds: 900 },
  emails: { amount: 100, windowSeconds: 900 },
  challenges: { amount: 30, windowSeconds: 60 },
  addresses: { amount: 6000, windowSeconds: 60 },
  sellers: { amount: 6000, windowSeconds: 60 },
  uploads: { amount: KIB_OF_4_GIB, windowSeconds: 60 },
  messages: { amount: 60, windowSeconds: 3600 },
  senders: { amount: 600, windowSeconds: 3600 },
  mailings: { amount: 600, windowSeconds: 3600 },
};

const SHAPE = /^(\w+)=(\d{1,9})\/(\d{1,5})$/;

/**
 * Reads `orders=30/60,reads=1200/60`: how much in how many seconds. What is left out is as usual.
 *
 * @returns the limits, or what cannot be read
 */
export function parseLimits(text: string): Record<LimitName, Limit> | { fault: string } {
  const limits = { ...DEFAULTS };
  for (const [i, item] of text.split(',').filter(Boolean).entries()) {
    const [, name, amount, seconds] = SHAPE.exec(item.trim()) ?? [];
    const limit = { amount: Number(amount), windowSeconds: Number(seconds) };
    if (!isLimit(name) || !(limit.amount > 0) || !(limit.windowSeconds > 0)) {
      return { fault: `item ${i + 1} is not NAME=AMOUNT/SECONDS with one of ${LIMITS.join(', ')}` };
    }
    limits[name] = limit;
  }
  return limits;
}

function isLimit(name: string | undefined): name is LimitName {
  return LIMITS.some((limit) => limit === name);
}
