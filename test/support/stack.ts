import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createTestnet from 'hyperdht/testnet.js';
import { startSandbox } from '../../sandbox/start.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { bakeFor, type LndPlace, macaroonsOf, type ProgramName } from './macaroons.ts';
import { type Program, startProcess } from './process.ts';
import { startRedis, type TestRedis, withoutRedis } from './redis.ts';

/** How much of what a process said is quoted when it does not start. */
const LAST_WORDS = 2_000;

export type { ProgramName } from './macaroons.ts';

/** A Lightning network with a node that is paid and one that pays; the paths are of admin macaroons. */
export interface LightningPlace extends AsyncDisposable {
  network: 'sandbox' | 'regtest';
  nodes: Record<'market' | 'buyer', LndPlace>;
  /** Kills the market's node, as a power cut would, and starts it again. */
  restart(): Promise<void>;
}

/** What the processes of a market in production meet in, each part real and of its own: they share nothing else. */
export interface Stack extends AsyncDisposable {
  dir: string;
  db: TestDatabase;
  /** null where no redis-server is installed: the jobs are in Postgres then. */
  redis: TestRedis | null;
  lightning: LightningPlace;
  bootstrap: { host: string; port: number }[];
  /** What every process is told; no two share a directory or a port. */
  env: Record<string, string>;
  /** The same with what opens the node for this program: no program is told of another's macaroon. */
  envOf(program: ProgramName): Record<string, string>;
  /** Starts a process in a directory of its own, named by `name`: the same name finds the same directory again. */
  start(program: ProgramName, name: string, env?: Record<string, string>): Promise<StackProgram>;
}

export interface StackProgram extends Program {
  /** Where it answers: the API of a server, the gateway of a seeder. */
  url: string;
  opsUrl: string;
  /** What it was started with: to start it again as it was. */
  env: Record<string, string>;
}

export interface StackOptions {
  lightning?: (dir: string) => Promise<LightningPlace>;
  redis?: boolean;
  /** Told of what a process writes, by the name that it was started under. */
  onOutput?: (name: string, text: string) => void;
  /** Opens a database of its own in that directory; default: one on the cluster of the tests. */
  database?: (dir: string) => Promise<TestDatabase>;
}

/** The stack of a market in production, in which any number of servers, workers and seeders can be started. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-stack-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const { database: openDatabase = createDatabase } = options;
  const db = stack.use(await openDatabase(dir));
  const withRedis = options.redis !== false && !withoutRedis;
  const redis = withRedis ? stack.use(await startRedis()) : null;
  const { lightning: openLightning = startSandboxPlace } = options;
  const lightning = stack.use(await openLightning(join(dir, 'lightning')));
  const testnet = await createTestnet(4, { host: '127.0.0.1' });
  stack.defer(() => testnet.destroy());
  const bootstrap = testnet.bootstrap;
  const { socket, cert } = lightning.nodes.market;
  const macaroons = await bakeFor(lightning.nodes.market, join(dir, 'macaroons'));
  const env = {
    DATABASE_URL: db.url,
    REDIS_URL: redis?.url ?? '',
    LND_SOCKET: socket,
    LND_CERT: cert,
    LIGHTNING_NETWORK: lightning.network,
    MARKET_SEED: randomBytes(32).toString('hex'),
    DHT_BOOTSTRAP: bootstrap.map(({ host, port }) => `${host}:${port}`).join(),
    OUTBOUND_ALLOW: '127.0.0.0/8',
  };
  const envOf = (program: ProgramName) => ({ ...env, ...macaroonsOf(program, macaroons) });
  const owned = stack.move();
  return {
    dir,
    db,
    redis,
    lightning,
    bootstrap,
    env,
    envOf,
    async start(program, name, more = {}) {
      const [port, opsPort] = [await freePort(), await freePort()];
      const given = {
        ...envOf(program),
        DAZAAR_DATA: join(dir, name),
        PORT: String(port),
        GATEWAY_PORT: String(port),
        OPS_PORT: String(opsPort),
        ...more,
      };
      let said = '';
      const onOutput = (text: string) => {
        said = `${said}${text}`.slice(-LAST_WORDS);
        options.onOutput?.(name, text);
      };
      const path = `${program}/main.ts`;
      const started = await startProcess(path, given, options.onOutput && onOutput).catch(
        (cause) => {
          throw new Error(`${name} has not started: ${said}`, { cause });
        },
      );
      owned.defer(() => started.kill('SIGKILL'));
      return {
        ...started,
        url: `http://127.0.0.1:${given.PORT}`,
        opsUrl: `http://127.0.0.1:${given.OPS_PORT}`,
        env: given,
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The sandbox as the Lightning network of a stack. */
export async function startSandboxPlace(dir: string): Promise<LightningPlace> {
  const running = await startSandbox({ dir });
  return {
    network: 'sandbox',
    get nodes() {
      return running.nodes;
    },
    restart: () => running.restart(),
    [Symbol.asyncDispose]: () => running.stop(),
  };
}
