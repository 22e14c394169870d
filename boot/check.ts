import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { nodeChain } from '../adapters/lightning/chain.ts';
import { databaseFault } from '../adapters/postgres/fault.ts';
import { redisFault } from '../adapters/queue/redis-fault.ts';
import { fixedRates } from '../adapters/rates/fixed.ts';
import { type Config, faultsToError, readConfig, readEnvironment, type Values } from './config.ts';
import { macaroonFaults } from './macaroons.ts';

type Program = 'server' | 'workers' | 'seeder';
type Name = keyof Values;

const NODE = ['LND_CERT', 'LND_MACAROON'] as const;
const FILES: Record<Program, readonly Name[]> = {
  server: [...NODE, 'SANDBOX_WALLET_CERT', 'SANDBOX_WALLET_MACAROON'],
  workers: [...NODE, 'LND_PAYOUT_MACAROON'],
  seeder: NODE,
};
const CHAIN_OF = {
  sandbox: 'regtest',
  regtest: 'regtest',
  signet: 'signet',
  testnet: 'testnet',
  mainnet: 'bitcoin',
} as const;

/**
 * Reads the environment of a program and tries out what it names: files, ports, the database, the node's chain. Other
 * parts may be away for now; what only an operator can put right is told at once, all of it.
 *
 * @throws {ConfigError} a line for each fault; no line has a value, for it may be a secret
 */
export async function checkedConfig(program: Program, env = process.env): Promise<Config> {
  const { values, faults } = readEnvironment(env);
  const files = await Promise.all(FILES[program].map((name) => fileFault(values, name)));
  const tried = await Promise.all([
    named('DATABASE_URL', values.DATABASE_URL && databaseFault(values.DATABASE_URL)),
    named('REDIS_URL', values.REDIS_URL && redisFault(values.REDIS_URL)),
    named('DAZAAR_DATA', folderFault(values.DAZAAR_DATA)),
    ratesFault(values),
    ...portsOf(program, values).map(portFault),
    ...macaroonFaults(program, values),
    files.some(Boolean) ? null : nodeFault(values),
  ]);
  const all = [...faults, ...files, ...tried].filter((fault) => fault !== null);
  if (all.length > 0) throw faultsToError(all);
  return readConfig(env);
}

async function named(
  name: Name,
  fault: Promise<string | null> | string | undefined,
): Promise<string | null> {
  const words = await fault;
  return words ? `${name}: ${words}` : null;
}

async function fileFault(values: Values, name: Name): Promise<string | null> {
  const path = values[name];
  if (typeof path !== 'string') return null;
  return readFile(path).then(
    ({ length }) => (length > 0 ? null : `${name}: the file is empty`),
    (error) => `${name}: the file cannot be read (${error.code})`,
  );
}

/** Whether the folder is there, or can be made in the next one that is. */
async function folderFault(path = '.dazaar'): Promise<string | null> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      const isFolder = (await stat(folder)).isDirectory();
      if (!isFolder) return 'that is no folder';
      await access(folder, constants.W_OK);
      return null;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!['ENOENT', 'ENOTDIR'].includes(code ?? '')) return `the folder cannot be used (${code})`;
    }
  }
}

async function ratesFault({ RATES_FIXED }: Values): Promise<string | null> {
  if (RATES_FIXED === undefined) return null;
  try {
    fixedRates(RATES_FIXED);
    return null;
  } catch {
    return 'RATES_FIXED: is not CURRENCY:PRICE,… such as EUR:60000,USD:65000';
  }
}

interface Place {
  name: Name;
  host: string;
  port: number;
}

function portsOf(program: Program, values: Values): Place[] {
  const { HOST: host = '127.0.0.1', GATEWAY_HOST = host, OPS_HOST = host } = values;
  const { PORT = 0, GATEWAY_PORT = 0, OPS_PORT = 0 } = values;
  const places: Place[] = [{ name: 'OPS_PORT', host: OPS_HOST, port: OPS_PORT }];
  if (program === 'server') places.push({ name: 'PORT', host, port: PORT });
  if (program === 'seeder') {
    places.push({ name: 'GATEWAY_PORT', host: GATEWAY_HOST, port: GATEWAY_PORT });
  }
  return places.filter(({ port }) => port > 0);
}

async function portFault({ name, host, port }: Place): Promise<string | null> {
  const probe = createServer();
  const code = await new Promise<string | null>((resolve) => {
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => resolve(null));
  });
  await new Promise((resolve) => probe.close(resolve));
  if (code === 'EADDRINUSE') return `${name}: port ${port} on ${host} is taken: set another one`;
  return code && `${name}: nobody can listen on port ${port} of ${host} (${code})`;
}

async function nodeFault(values: Values): Promise<string | null> {
  const { LND_SOCKET, LND_CERT, LND_MACAROON, LIGHTNING_NETWORK: network } = values;
  if (!LND_SOCKET || !LND_CERT || !LND_MACAROON || !network) return null;
  const address = { socket: LND_SOCKET, certPath: LND_CERT, macaroonPath: LND_MACAROON };
  try {
    const chain = await nodeChain(address);
    if (chain === null || chain === CHAIN_OF[network]) return null;
    return `LIGHTNING_NETWORK: it is ${network}, and the node is on ${chain}`;
  } catch {
    return 'LND_SOCKET: the node does not take this certificate and macaroon';
  }
}
