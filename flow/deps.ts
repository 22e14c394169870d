import type { Logger } from 'pino';
import type { Lightning } from '../ports/lightning.ts';
import type { Outbound } from '../ports/outbound.ts';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';

/** A Prisma client inside a transaction. */
export type Tx = Prisma.TransactionClient;

export interface FlowDeps {
  prisma: PrismaClient;
  lightning: Lightning;
  /** HTTP to where sellers say. */
  outbound: Outbound;
  log: Logger;
  commissionBasisPoints: number;
  orderTtlMs: number;
  /** How much work a trial takes: 2^bits hashes on average; 0: none. */
  trialWorkBits: number;
  keys: MarketKeys;
}
