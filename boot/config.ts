import { resolve } from 'node:path';
import { z } from 'zod';
import type { Limit, LimitName } from '../domain/limit.ts';
import { parseLimits } from './limits.ts';

const port = z.coerce.number().int().min(0).max(65_535);

const bootstrap = z.string().transform((text, issues) => {
  const nodes = text.split(',').filter(Boolean);
  return nodes.map((node) => {
    const [host, number] = node.trim().split(':');
    const parsed = port.safeParse(number);
    if (!host || !parsed.success) issues.addIssue('is not HOST:PORT,HOST:PORT…');
    return { host: host ?? '', port: parsed.data ?? 0 };
  });
});

const limits = z.string().transform((text, issues) => {
  const parsed = parseLimits(text);
  if (!('fault' in parsed)) return parsed;
  issues.addIssue(parsed.fault);
  return z.NEVER;
});

const proxy = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.literal('loopback')]);

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const LND = ['LND_SOCKET', 'LND_CERT', 'LND_MACAROON'];
const WALLET = ['SANDBOX_WALLET_SOCKET', 'SANDBOX_WALLET_CERT', 'SANDBOX_WALLET_MACAROON'];

const environment = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  LND_SOCKET: z.string().min(1).optional(),
  LND_CERT: z.string().min(1).optional(),
  LND_MACAROON: z.string().min(1).optional(),
  LND_PAYOUT_MACAROON: z.string().min(1).optional(),
  SANDBOX_WALLET_SOCKET: z.string().min(1).optional(),
  SANDBOX_WALLET_CERT: z.string().min(1).optional(),
  SANDBOX_WALLET_MACAROON: z.string().min(1).optional(),
  LIGHTNING_NETWORK: z.enum(['sandbox', 'regtest', 'signet', 'testnet', 'mainnet']),
  DAZAAR_DATA: z.string().default('.dazaar'),
  DAZAAR_NAME: z.string().max(80).default('Dazaar Market'),
  MARKET_SEED: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits')
    .optional(),
  DHT_BOOTSTRAP: bootstrap.default([]),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(8470),
  GATEWAY_HOST: z.string().optional(),
  GATEWAY_PORT: port.default(8471),
  GATEWAY_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => new URL(url).origin)
    .optional(),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => new URL(url).origin)
    .optional(),
  OUTBOUND_ALLOW: list.pipe(z.array(z.union([z.cidrv4(), z.cidrv6()]))).default([]),
  CORS_ORIGINS: list.pipe(z.array(z.url({ protocol: /^https?$/ }))).default([]),
  TRUSTED_PROXIES: list.pipe(z.array(proxy)).default([]),
  RATE_LIMITS: limits.prefault(''),
  COMMISSION_BASIS_POINTS: z.coerce.number().int().min(0).max(10_000).default(500),
  ORDER_TTL_SECONDS: z.coerce.number().int().min(5).max(86_400).default(900),
  TRIAL_WORK_BITS: z.coerce.number().int().min(0).max(32).default(18),
  HOLD_SECONDS: z.coerce.number().int().min(5).max(1800).default(60),
  DRAIN_SECONDS: z.coerce.number().min(0).max(300).default(5),
  RECONCILE_SECONDS: z.coerce.number().int().min(1).max(60).default(15),
  RATES_URL: z.url({ protocol: /^https?$/ }).optional(),
  RATES_FIXED: z.string().optional(),
  RATES_MAX_AGE_SECONDS: z.coerce.number().int().min(60).max(86_400).default(600),
  OPS_HOST: z.string().optional(),
  OPS_PORT: port.optional(),
  ADMIN_PASSWORD: z.string().min(16, 'must have 16 characters or more').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** What has no default. */
const needed = { DATABASE_URL: true, LIGHTNING_NETWORK: true };

// Prices in a currency are to be tried out on a fresh machine too.
const SANDBOX_RATES = 'EUR:60000,USD:65000';

export interface Config {
  databaseUrl: string;
  redisUrl: string | undefined;
  lnd: { socket: string; certPath: string; macaroonPath: string } | undefined;
  /** The macaroon that may pay, for the workers alone; undefined: no payouts. */
  payoutMacaroonPath: string | undefined;
  /** The node whose worthless coins every visitor of a play market pays with; undefined: none. */
  playWallet: Config['lnd'];
  network: 'sandbox' | 'regtest' | 'signet' | 'testnet' | 'mainnet';
  dataDir: string;
  name: string;
  /** 32 bytes in hex; undefined: a file in the data directory. */
  marketSeed: string | undefined;
  /** Empty: the public DHT. */
  bootstrap: { host: string; port: number }[];
  host: string;
  port: number;
  /** The origin that links name; undefined: where the server listens. */
  publicUrl: string | undefined;
  /** Where seeders serve bought data over HTTP, and the origin that buyers are told of. */
  gateway: { host: string; port: number; publicUrl: string | undefined };
  /** Address ranges that webhooks may be sent to although they are not public. */
  outboundAllow: string[];
  /** Sites whose scripts may call with an API key. */
  corsOrigins: string[];
  /** Addresses and networks of our own proxies, whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  limits: Record<LimitName, Limit>;
  commissionBasisPoints: number;
  orderTtlMs: number;
  /** How much work a trial takes: 2^bits hashes on average; 0: none. */
  trialWorkBits: number;
  /** How long a server answers on that was told to end, so that load balancers take it out before it does. */
  drainMs: number;
  reconcileEveryMs: number;
  /** For how long a payment is held at most, until a seeder lets the buyer in. */
  holdMs: number;
  /** Where exchange rates come from; undefined: prices are in msat only. */
  rates: { url: string } | { fixed: string } | undefined;
  /** How old a rate may be that a price is locked at. */
  ratesMaxAgeMs: number;
  /** Where this process answers its operators: health, metrics, the workers' queues; undefined: nowhere. */
  ops: { host: string; port: number } | undefined;
  /** Opens what operators may change; undefined: nothing. */
  adminPassword: string | undefined;
  /** Where traces are sent (OTLP over HTTP); undefined: nowhere. */
  tracesUrl: string | undefined;
  logLevel: string;
}

/** Something that whoever starts the program can put right: shown as a message, without a stack. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** The names of everything that can be set. */
export const VARIABLES: readonly string[] = Object.keys(environment.shape);

/** What is set and well-formed, each by itself. */
export type Values = Partial<z.output<typeof environment>>;

/** What is set, and a line for each fault of it. An empty value counts as not set. */
export function readEnvironment(env: NodeJS.ProcessEnv): { values: Values; faults: string[] } {
  const set = withoutEmpty(env);
  const values = Object.entries(environment.shape).flatMap(([name, shape]) => {
    const { data } = shape.safeParse(set[name]);
    return data === undefined ? [] : [[name, data]];
  });
  const { error } = environment.safeParse(set);
  const faults = (error?.issues ?? []).map(({ path: [name = ''], message }) => {
    const text = set[String(name)] === undefined && name in needed ? 'is not set' : message;
    return `${String(name)}: ${text}`;
  });
  return { values: Object.fromEntries(values), faults: [...faults, ...faultsTogether(set)] };
}

/** What is wrong only together with something else. */
function faultsTogether(set: NodeJS.ProcessEnv): string[] {
  const faults: string[] = [];
  for (const names of [LND, WALLET]) {
    if ([0, 3].includes(partsOf(set, names).length)) continue;
    faults.push(`${names[0]}: ${names.join(', ')} belong together`);
  }
  if (partsOf(set, WALLET).length > 0 && set.LIGHTNING_NETWORK !== 'sandbox') {
    faults.push(`${WALLET[0]}: a wallet that every visitor pays from is for the sandbox only`);
  }
  return faults;
}

export function faultsToError(faults: readonly string[]): ConfigError {
  return new ConfigError(`the environment is not complete:\n  ${faults.join('\n  ')}`);
}

/**
 * Reads the environment. An empty value counts as not set.
 *
 * @throws {ConfigError} naming everything that is not well-formed, values left out: they may be secrets
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { faults } = readEnvironment(env);
  if (faults.length > 0) throw faultsToError(faults);
  const data = environment.parse(withoutEmpty(env));
  return {
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    lnd: addressOf(partsOf(data, LND)),
    payoutMacaroonPath: data.LND_PAYOUT_MACAROON,
    playWallet: addressOf(partsOf(data, WALLET)),
    network: data.LIGHTNING_NETWORK,
    dataDir: resolve(data.DAZAAR_DATA),
    name: data.DAZAAR_NAME,
    marketSeed: data.MARKET_SEED,
    bootstrap: data.DHT_BOOTSTRAP,
    host: data.HOST,
    port: data.PORT,
    publicUrl: data.PUBLIC_URL,
    gateway: {
      host: data.GATEWAY_HOST ?? data.HOST,
      port: data.GATEWAY_PORT,
      publicUrl: data.GATEWAY_URL,
    },
    outboundAllow: data.OUTBOUND_ALLOW,
    corsOrigins: data.CORS_ORIGINS.map((url) => new URL(url).origin),
    trustedProxies: data.TRUSTED_PROXIES,
    limits: data.RATE_LIMITS,
    commissionBasisPoints: data.COMMISSION_BASIS_POINTS,
    orderTtlMs: data.ORDER_TTL_SECONDS * 1000,
    trialWorkBits: data.TRIAL_WORK_BITS,
    holdMs: data.HOLD_SECONDS * 1000,
    drainMs: data.DRAIN_SECONDS * 1000,
    reconcileEveryMs: data.RECONCILE_SECONDS * 1000,
    rates: ratesOf(data),
    ratesMaxAgeMs: data.RATES_MAX_AGE_SECONDS * 1000,
    ops:
      data.OPS_PORT === undefined
        ? undefined
        : { host: data.OPS_HOST ?? data.HOST, port: data.OPS_PORT },
    adminPassword: data.ADMIN_PASSWORD,
    tracesUrl: data.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: data.LOG_LEVEL,
  };
}

function partsOf(env: Record<string, unknown>, names: readonly string[]): string[] {
  return names.map((name) => env[name]).filter((part) => typeof part === 'string');
}

function addressOf([socket, certPath, macaroonPath]: string[]): Config['lnd'] {
  return socket && certPath && macaroonPath ? { socket, certPath, macaroonPath } : undefined;
}

function ratesOf(env: z.infer<typeof environment>): Config['rates'] {
  if (env.RATES_URL) return { url: env.RATES_URL };
  if (env.RATES_FIXED) return { fixed: env.RATES_FIXED };
  return env.LIGHTNING_NETWORK === 'sandbox' ? { fixed: SANDBOX_RATES } : undefined;
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
