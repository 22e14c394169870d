import type { Logger } from 'pino';
import { connectLnd } from '../adapters/lightning/connect.ts';
import { openPlayWallet as playWalletOn } from '../adapters/lightning/play-wallet.ts';
import { reconnecting } from '../adapters/lightning/reconnect.ts';
import { openLimiter } from '../adapters/limits/limiter.ts';
import { openPostgresStore } from '../adapters/limits/postgres-store.ts';
import { openRedisStore } from '../adapters/limits/redis-store.ts';
import { openOutbound } from '../adapters/outbound/outbound.ts';
import { type Lead, openLead } from '../adapters/postgres/lead.ts';
import { type Listen, openListen } from '../adapters/postgres/listen.ts';
import { isMigrated } from '../adapters/postgres/migration-state.ts';
import { openPrisma } from '../adapters/postgres/prisma-client.ts';
import { openPostgresBackend } from '../adapters/queue/postgres-backend.ts';
import { type OpenQueue, openQueue } from '../adapters/queue/queue.ts';
import { openRedisBackend } from '../adapters/queue/redis-backend.ts';
import { redisMemoryWarning } from '../adapters/queue/redis-memory.ts';
import { fixedRates } from '../adapters/rates/fixed.ts';
import { httpRates } from '../adapters/rates/http.ts';
import type { Lightning } from '../ports/lightning.ts';
import type { Limiter } from '../ports/limiter.ts';
import type { Outbound } from '../ports/outbound.ts';
import type { PlayWallet } from '../ports/play-wallet.ts';
import type { JobName, JobQueue } from '../ports/queue.ts';
import type { RateSource } from '../ports/rates.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type Config, ConfigError } from './config.ts';
import { openLog } from './log.ts';

export type { JobName, JobQueue, Lead, Listen, OpenQueue, RateSource };
export { isMigrated };

/** What every process has. Whatever it opens beyond that, it passes on itself. */
export interface Context {
  config: Config;
  log: Logger;
  prisma: PrismaClient;
  listen: Listen;
  lead: Lead;
  outbound: Outbound;
  close(): Promise<void>;
}

export function openContext(config: Config, name: string): Context {
  const log = openLog(name, config.logLevel, config);
  const prisma = openPrisma(config.databaseUrl);
  const listen = openListen(config.databaseUrl, log);
  const lead = openLead(config.databaseUrl, log);
  const outbound = openOutbound({ allow: config.outboundAllow });
  const close = async () => {
    await listen.close();
    await prisma.$disconnect();
  };
  return { config, log, prisma, listen, lead, outbound, close };
}

/** @throws {ConfigError} when no node is configured */
export function openNode(config: Pick<Config, 'lnd'>): Lightning {
  if (!config.lnd) {
    throw new ConfigError('LND_SOCKET, LND_CERT and LND_MACAROON must say which node is paid');
  }
  const { lnd } = config;
  return reconnecting(() => connectLnd(lnd));
}

/** The node that payouts are sent from, opened by the macaroon that may; undefined when there is none. */
export function openPayer({
  lnd,
  payoutMacaroonPath: macaroonPath,
}: Pick<Config, 'lnd' | 'payoutMacaroonPath'>): Lightning | undefined {
  if (!lnd || !macaroonPath) return undefined;
  return openNode({ lnd: { ...lnd, macaroonPath } });
}

/** The wallet that visitors of a play market share; undefined when there is none. */
export function openPlayWallet({ playWallet }: Pick<Config, 'playWallet'>): PlayWallet | undefined {
  return playWallet && playWalletOn(() => connectLnd(playWallet));
}

export async function openJobs(config: Config, log: Logger): Promise<OpenQueue> {
  const warning = config.redisUrl && (await redisMemoryWarning(config.redisUrl));
  if (warning) log.warn(warning);
  const backend = config.redisUrl
    ? openRedisBackend(config.redisUrl)
    : await openPostgresBackend(config.databaseUrl);
  return openQueue(backend, log);
}

/** The limits that all processes share, in Redis if there is one. */
export async function openLimits(
  config: Pick<Config, 'databaseUrl' | 'redisUrl' | 'limits'>,
  log: Logger,
): Promise<Limiter> {
  const store = config.redisUrl
    ? await openRedisStore(config.redisUrl)
    : openPostgresStore(config.databaseUrl);
  return openLimiter(store, config.limits, log);
}

/** @throws {ConfigError} when RATES_FIXED cannot be read */
export function openRates({ rates }: Pick<Config, 'rates'>): RateSource | undefined {
  if (!rates) return undefined;
  if ('url' in rates) return httpRates(rates.url);
  try {
    return fixedRates(rates.fixed);
  } catch (error) {
    throw new ConfigError(`RATES_FIXED: ${(error as Error).message}`);
  }
}
