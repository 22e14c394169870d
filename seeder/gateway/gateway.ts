import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Router } from 'express';
import type { Logger } from 'pino';
import { ConfigError } from '../../boot/config.ts';
import { gatewayOperations } from '../../contract/operations/gateway.ts';
import { Draining } from '../../http/draining.ts';
import { frame } from '../../http/frame.ts';
import { healthRoutes } from '../../http/health-routes.ts';
import { createListener } from '../../http/listener.ts';
import type { Authenticate } from '../../http/operate.ts';
import { Turnstile } from '../../http/turnstile.ts';
import type { Lightning } from '../../ports/lightning.ts';
import type { Limiter } from '../../ports/limiter.ts';
import type { Outbound } from '../../ports/outbound.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import type { MarketKeys } from '../../protocol/market-keys.ts';
import type { Feeds } from '../feeds.ts';
import type { Gate } from '../gate.ts';
import type { Usage } from '../usage.ts';
import { authenticateWith } from './access.ts';
import { Challenges } from './challenges.ts';
import type { GatewayDeps } from './deps.ts';
import { blockRoutes } from './routes/blocks.ts';
import { entryRoutes } from './routes/entries.ts';
import { fileRoutes } from './routes/files.ts';
import { tailRoutes } from './routes/tail.ts';

const MAX_AT_ONCE = { key: 32, address: 128 };
/** Answers under way may end by themselves for so long; those that are longer are cut, to be resumed elsewhere. */
const ANSWERS_WITHIN_MS = 2_000;
const CUT_WITHIN_MS = 1_000;

export interface GatewayOptions {
  host: string;
  port: number;
  /** The origin that buyers are told of; where it listens if not given. */
  publicUrl?: string | undefined;
  /** Where else access is sold. */
  marketUrl: string;
  limiter: Limiter;
  trustedProxies: readonly string[];
  /** null: no invoices, so that access is to be bought elsewhere. */
  lightning: Lightning | null;
  outbound: Outbound;
  commissionBasisPoints: number;
  orderTtlMs: number;
  trialWorkBits: number;
  /** How the end of the gateway is told ahead; left out, nobody is told. */
  draining?: Draining;
}

interface Parts {
  prisma: PrismaClient;
  log: Logger;
  keys: MarketKeys;
  gate: Gate;
  feeds: Feeds;
  usage: Usage;
  nowMs: () => number;
}

export interface Gateway {
  readonly url: string;
  /** Ends tails, and after some seconds all other bodies, with the reason `stopped`. */
  close(): Promise<void>;
}

/**
 * Starts the HTTP data gateway: what the swarm serves, for buyers without a peer-to-peer client, by the same gate and
 * the same clock.
 *
 * @throws {ConfigError} when the port is taken
 */
export async function startGateway(parts: Parts, options: GatewayOptions): Promise<Gateway> {
  const { host, port, publicUrl, lightning, limiter, marketUrl, trustedProxies } = options;
  const { draining = new Draining() } = options;
  const stopping = new AbortController();
  const flow = lightning && { ...parts, ...options, lightning };
  const deps: GatewayDeps = {
    ...parts,
    limiter,
    marketUrl,
    challenges: flow && new Challenges(flow, parts.nowMs),
    turnstiles: {
      keys: new Turnstile(MAX_AT_ONCE.key),
      addresses: new Turnstile(MAX_AT_ONCE.address),
    },
    ending: draining.ending,
    stopping: stopping.signal,
  };
  const operations = gatewayOperations;
  const authenticate = authenticateWith(deps);
  const around = {
    operations,
    log: parts.log,
    limiter,
    authenticate,
    corsOrigins: [],
    trustedProxies,
  };
  const http = createListener(
    frame(around, (checked) => [healthRoutes(draining), routesOf(deps, checked)]),
    draining,
  );
  http.listen(port, host);
  await once(http, 'listening').catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`port ${port} on ${host} is taken: set GATEWAY_PORT to another one`);
  });
  const address = http.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: publicUrl ?? `http://${shownHost}:${address.port}`,
    async close() {
      const cut = setTimeout(() => stopping.abort(), ANSWERS_WITHIN_MS);
      await draining.end(http, ANSWERS_WITHIN_MS + CUT_WITHIN_MS);
      clearTimeout(cut);
      stopping.abort();
    },
  };
}

function routesOf(deps: GatewayDeps, authenticate: Authenticate): Router {
  const router = Router();
  for (const add of [blockRoutes, tailRoutes, entryRoutes, fileRoutes]) {
    add(router, deps, authenticate);
  }
  return router;
}
