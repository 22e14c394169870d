import type { Logger } from 'pino';
import type { Turnstile } from '../../http/turnstile.ts';
import type { Limiter } from '../../ports/limiter.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import type { MarketKeys } from '../../protocol/market-keys.ts';
import type { Feeds } from '../feeds.ts';
import type { Gate } from '../gate.ts';
import type { Usage } from '../usage.ts';
import type { Challenges } from './challenges.ts';

export interface GatewayDeps {
  prisma: PrismaClient;
  log: Logger;
  limiter: Limiter;
  keys: MarketKeys;
  gate: Gate;
  feeds: Feeds;
  usage: Usage;
  /** The time that grants, tokens and macaroons are judged by. */
  nowMs: () => number;
  /** null: there is no node to ask for invoices. */
  challenges: Challenges | null;
  /** Where else access is sold. */
  marketUrl: string;
  /** How many requests at once. */
  turnstiles: { keys: Turnstile; addresses: Turnstile };
  /** Aborts when tails are to end, for the gateway stops. */
  ending: AbortSignal;
  /** Aborts when whatever still runs is cut. */
  stopping: AbortSignal;
}
