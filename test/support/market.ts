import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createTestnet from 'hyperdht/testnet.js';
import pino from 'pino';
import { openOutbound } from '../../adapters/outbound/outbound.ts';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import { openQueue } from '../../adapters/queue/queue.ts';
import { fixedRates } from '../../adapters/rates/fixed.ts';
import { openLimits, openNode, openPlayWallet } from '../../boot/context.ts';
import { SCOPES } from '../../contract/operation.ts';
import { LIMITS, type Limit, type LimitName } from '../../domain/limit.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import type { FlowDeps } from '../../flow/deps.ts';
import type { MacaroonPaths } from '../../ops/write-macaroons.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { type Seeder, startSeeder } from '../../seeder/seeder.ts';
import { type Server, startServer } from '../../server/server.ts';
import { startWorkers } from '../../workers/workers.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { bakeFor, type LndPlace } from './macaroons.ts';

export const COMMISSION_BASIS_POINTS = 500;

export interface TestMarket {
  db: TestDatabase;
  sandbox: Sandbox;
  server: Server;
  seeder: Seeder;
  /** The market's node, opened by its admin macaroon: for whoever looks at the market from outside. */
  lightning: Lightning;
  macaroons: MacaroonPaths;
  deps: FlowDeps;
  bootstrap: { host: string; port: number }[];
  /** A seller's API key. */
  apiKey: string;
  sellerId: string;
  dir: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MarketOptions {
  name?: string;
  orderTtlMs?: number;
  trialWorkBits?: number;
  reconcileEveryMs?: number;
  /** Default true; a test that drives settlements itself leaves them out. */
  workers?: boolean;
  /** None that a test would run into, unless said. */
  limits?: Partial<Record<LimitName, Limit>>;
  corsOrigins?: string[];
  trustedProxies?: string[];
}

/** A whole market of real parts in this process, but for the sandbox, which is a process of its own. */
export async function startMarket(options: MarketOptions = {}): Promise<TestMarket> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-market-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  // Each takes seconds, and none needs another.
  const opening = [createDatabase(), startSandbox({ dir: join(dir, 'sandbox') })] as const;
  for (const each of opening) stack.adopt(each, closeOpened);
  const [db, sandbox] = await Promise.all(opening);
  const testnet = await createTestnet(4, { host: '127.0.0.1' });
  stack.defer(() => testnet.destroy());
  const bootstrap = testnet.bootstrap;
  const lightning = connect(sandbox.nodes.market);
  const macaroons = await bakeFor(sandbox.nodes.market, join(dir, 'macaroons'));
  const openWith = (macaroon: string) => connect({ ...sandbox.nodes.market, macaroon });
  const invoicing = openWith(macaroons.server);
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const deps: FlowDeps = {
    prisma: db.prisma,
    lightning,
    log,
    // Sellers in tests listen on this machine.
    outbound: openOutbound({ allow: ['127.0.0.1/32'] }),
    commissionBasisPoints: COMMISSION_BASIS_POINTS,
    orderTtlMs: options.orderTtlMs ?? 60_000,
    trialWorkBits: options.trialWorkBits ?? 0,
    keys: marketKeys(Buffer.alloc(32, 7)),
  };
  const { listen, lead, prisma } = db;
  const storageDir = join(dir, 'seeder');
  const { corsOrigins = [], trustedProxies = [] } = options;
  const limiter = await openLimits(
    { databaseUrl: db.url, redisUrl: undefined, limits: limitsOf(options) },
    log,
  );
  stack.defer(() => limiter.close());
  const local = { host: '127.0.0.1', port: 0 };
  const marketUrl = 'http://market.test';
  const network = 'sandbox' as const;
  const selling = { ...deps, lightning: invoicing, limiter, marketUrl, network };
  const gateway = { ...selling, ...local, trustedProxies };
  const { keys } = deps;
  const seeder = await startSeeder({
    prisma,
    listen,
    log,
    keys,
    storageDir,
    bootstrap,
    desk: selling,
    gateway,
  });
  stack.defer(() => seeder.stop());
  const openWorkers = async () => {
    const rates = { source: fixedRates('EUR:60000,USD:65000,JPY:9000000'), maxAgeMs: 600_000 };
    return startWorkers({
      ...deps,
      lightning: openWith(macaroons.workers),
      payer: openWith(macaroons.payouts),
      listen,
      lead,
      queue: openQueue(await openPostgresBackend(db.url), log),
      reconcileEveryMs: options.reconcileEveryMs ?? 1_000,
      holdMs: 60_000,
      rates,
    });
  };
  const working = options.workers === false ? null : openWorkers();
  stack.adopt(working, async (started) => (await started?.catch(() => null))?.());
  const { name = 'Test market' } = options;
  const http = { name, network, ...local };
  const serving = startServer({
    ...deps,
    ...http,
    lightning: invoicing,
    listen,
    limiter,
    corsOrigins,
    trustedProxies,
    playWallet: openPlayWallet({ playWallet: lndOf(sandbox.nodes.buyer) }),
  });
  stack.adopt(serving, async (started) => (await started.catch(() => null))?.close());
  const [server] = await Promise.all([serving, working]);
  const seller = await db.prisma.seller.create({ data: { name: 'Test seller' } });
  const apiKey = await createApiKey(db.prisma, seller.id, 'test', 'sandbox', [...SCOPES]);
  const owned = stack.move();
  return {
    db,
    sandbox,
    server,
    seeder,
    lightning,
    macaroons,
    deps,
    bootstrap,
    apiKey,
    sellerId: seller.id,
    dir,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Closes what was being opened, if it came to be. */
async function closeOpened(opening: Promise<AsyncDisposable>): Promise<void> {
  const opened = await opening.catch(() => null);
  await opened?.[Symbol.asyncDispose]();
}

/** A test is no flood, but for those that mean to be. */
function limitsOf({ limits = {} }: MarketOptions): Record<LimitName, Limit> {
  const generous = LIMITS.map((name) => [name, { amount: 1_000_000, windowSeconds: 60 }]);
  return { ...Object.fromEntries(generous), ...limits };
}

/** The Lightning adapter on one of the sandbox's nodes. */
export function connect(node: LndPlace): Lightning {
  return openNode({ lnd: lndOf(node) });
}

function lndOf({ socket, cert, macaroon }: LndPlace) {
  return { socket, certPath: cert, macaroonPath: macaroon };
}
