import type { Logger } from 'pino';
import type { Market } from '../../contract/index.ts';
import type { FlowDeps } from '../../flow/deps.ts';
import type { Lightning } from '../../ports/lightning.ts';
import type { Limiter } from '../../ports/limiter.ts';
import type { Outbound } from '../../ports/outbound.ts';
import type { Watches } from './watches.ts';

/** What selling over the swarm takes. */
export interface DeskOptions {
  /** The market's origin, which links on cards begin with. */
  marketUrl: string;
  /** The Lightning network that cards name. */
  network: Market['network'];
  /** null: no invoices, so that paid access is to be bought elsewhere. */
  lightning: Lightning | null;
  limiter: Limiter;
  outbound: Outbound;
  commissionBasisPoints: number;
  orderTtlMs: number;
  trialWorkBits: number;
}

export interface DeskDeps extends DeskOptions, Pick<FlowDeps, 'prisma' | 'keys'> {
  log: Logger;
}

/** Who asks: the key and the address of a connection, and the orders that it watches. */
export interface Asker {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly host: string;
  readonly watches: Watches;
}
