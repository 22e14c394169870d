import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { openMarket } from '../all-in-one/open-market.ts';
import { ConfigError } from '../boot/config.ts';
import { EXIT } from '../buyer/exit-codes.ts';
import { Failure } from '../buyer/failure.ts';
import { keyEnvOf } from '../server/auth.ts';
import type { Lightning } from './lightning-of.ts';
import { type Seller, sellerKey } from './seller-key.ts';
import { readSettings, type ShopPaths, type ShopSettings, writeSettings } from './shop-files.ts';

const LOOPBACK = '127.0.0.1';
const OWNER_ONLY = 0o700;

export interface ShopOptions {
  paths: ShopPaths;
  lightning: Lightning;
  seller: Seller;
  /** `host:port,…` of a private DHT; null: the public one with a node of one's own, else one on this machine. */
  bootstrap: string | null;
  env: NodeJS.ProcessEnv;
  onRestart: (program: string, why: string) => void;
}

/** A market of one seller on the seller's own disk, open. */
export interface Shop {
  url: string;
  apiKey: string;
  databaseUrl: string;
  settings: ShopSettings;
  close(): Promise<void>;
}

/**
 * Opens a shop, made when it is the first time: what a market is, but that nobody else reaches its server.
 *
 * @throws Failure when its directory is another network's, or a part does not start
 */
export async function openShop(options: ShopOptions): Promise<Shop> {
  const { paths, seller, onRestart } = options;
  await mkdir(paths.dir, { recursive: true, mode: OWNER_ONLY });
  const settings = await settingsFor(options);
  const { dhtPort, network } = settings;
  try {
    const market = await openMarket({
      dir: paths.dir,
      env: environmentOf(options, settings),
      logFile: paths.log,
      dhtPort,
      onRestart,
    });
    const { databaseUrl } = market.config;
    const keyEnv = keyEnvOf(network);
    const apiKey = await sellerKey(databaseUrl, { file: paths.apiKey, keyEnv, seller }).catch(
      async (error) => {
        await market.stop();
        throw error;
      },
    );
    return { url: market.url, apiKey, databaseUrl, settings, close: () => market.stop() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Failure(EXIT.local, 'shop-closed', `the shop does not open: ${error.message}`);
  }
}

/** Grants that were bought with worthless coins are not to be honoured by a shop that takes real ones. */
async function settingsFor({ paths, lightning, bootstrap }: ShopOptions): Promise<ShopSettings> {
  const { network, lnd } = lightning;
  const kept = await readSettings(paths);
  if (kept && kept.network !== network) {
    const message = `${paths.dir} is a shop on ${kept.network}, not on ${network}`;
    throw new Failure(EXIT.local, 'other-network', message, 'open another one with --shop DIR');
  }
  const settings: ShopSettings = {
    version: 1,
    network,
    port: await freePort(kept?.port),
    dhtPort: kept?.dhtPort ?? (await freePort()),
    lnd,
    bootstrap,
  };
  await writeSettings(paths, settings);
  return settings;
}

/** Whatever the shell is set up for, such as the database of another market, is not the shop's. */
function environmentOf({ paths, env }: ShopOptions, { lnd, bootstrap, ...settings }: ShopSettings) {
  return {
    ...env,
    LND_SOCKET: lnd?.socket ?? '',
    LND_CERT: lnd?.certPath ?? '',
    LND_MACAROON: lnd?.macaroonPath ?? '',
    LIGHTNING_NETWORK: settings.network,
    DATABASE_URL: '',
    REDIS_URL: '',
    MARKET_SEED: '',
    HOST: LOOPBACK,
    PORT: String(settings.port),
    PUBLIC_URL: '',
    GATEWAY_HOST: LOOPBACK,
    GATEWAY_PORT: '0',
    GATEWAY_URL: '',
    DAZAAR_SANDBOX_DIR: paths.sandbox,
    COMMISSION_BASIS_POINTS: '0',
    DHT_BOOTSTRAP: bootstrap ?? '',
  };
}

/** That one if nobody has it, else any. */
async function freePort(wanted = 0): Promise<number> {
  const probe = createServer().listen(wanted, LOOPBACK);
  try {
    await once(probe, 'listening');
  } catch {
    return freePort();
  }
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
