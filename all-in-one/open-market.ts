import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, readConfig } from '../boot/config.ts';
import { Child } from './child.ts';
import { openLightning } from './lightning.ts';
import { localReceivers, openDatabase, openDht, type Part, type ProgramName } from './parts.ts';

const PROGRAMS: ProgramName[] = ['seeder', 'workers', 'server'];

export interface MarketOptions {
  /** Where all of it lies. */
  dir: string;
  /** What it is told beyond that; whatever is left out comes along. */
  env: NodeJS.ProcessEnv;
  /** What the programs write, in `dir`. */
  logFile: string;
  /** The port that a private DHT is entered by; left out, any free one. */
  dhtPort?: number;
  /** Told when a program has ended by itself; it is started again. */
  onRestart: (program: string, why: string) => void;
}

/** A whole market on one machine, ready. */
export interface OpenMarket {
  /** The server's. */
  config: Config;
  /** Where the server answers on this machine. */
  url: string;
  /** Another program beside its own, in the same environment and log. */
  child(program: string, env: Record<string, string>): Child;
  stop(): Promise<void>;
}

/**
 * Opens server, workers and seeder, each a process that can be killed on its own, and whatever they need that is not
 * given: PostgreSQL, a Lightning node, a DHT.
 *
 * @throws {ConfigError} when a part does not start
 */
export async function openMarket(options: MarketOptions): Promise<OpenMarket> {
  const { dir, logFile, onRestart } = options;
  mkdirSync(dir, { recursive: true });
  const parts = await openParts(options);
  const env = {
    ...options.env,
    // Nothing stands in front of it that would have to notice.
    DRAIN_SECONDS: '0',
    DAZAAR_DATA: dir,
    ...Object.assign({}, ...parts.map((part) => part.env)),
    ...localReceivers(options.env),
  };
  const envOf = (name: ProgramName) => ({
    ...env,
    ...Object.assign({}, ...parts.map((part) => part.programs?.[name])),
    ...opsPortOf(name, options.env),
  });
  const child = (program: string, childEnv: NodeJS.ProcessEnv) =>
    new Child({ program, env: childEnv, logFile, onRestart });
  const stopParts = () => Promise.all(parts.map((part) => part.stop()));
  const programs: Child[] = [];
  const stopPrograms = () => Promise.all(programs.map((program) => program.stop()));
  try {
    const config = readConfig(envOf('server'));
    writeFileSync(join(dir, 'database.url'), `${config.databaseUrl}\n`, { mode: 0o600 });
    programs.push(...PROGRAMS.map((name) => child(`${name}/main.ts`, envOf(name))));
    await Promise.all(programs.map((program) => program.start()));
    return {
      config,
      url: `http://${config.host}:${config.port}`,
      child: (program, more) => child(program, { ...env, ...more }),
      async stop() {
        await stopPrograms();
        await stopParts();
      },
    };
  } catch (error) {
    await stopPrograms();
    await stopParts();
    throw error;
  }
}

/** One machine, three processes: the workers' port is the one that is configured, the next two are the others'. */
function opsPortOf(name: ProgramName, env: NodeJS.ProcessEnv): Record<string, string> {
  const first = Number(env.OPS_PORT || 0);
  const place = { workers: 0, server: 1, seeder: 2 }[name];
  return first > 0 ? { OPS_PORT: String(first + place) } : {};
}

async function openParts({ dir, env, dhtPort }: MarketOptions): Promise<Part[]> {
  const opened = await Promise.allSettled([
    openDatabase(dir, env),
    openLightning(dir, env),
    openDht(env, dhtPort),
  ]);
  const failed = opened.find((result) => result.status === 'rejected');
  const parts = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (!failed) return parts;
  await Promise.all(parts.map((part) => part.stop()));
  throw new ConfigError((failed.reason as Error).message);
}
