import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../../domain/limit.ts';
import { macaroonsOf, type ProgramName } from './macaroons.ts';
import type { TestMarket } from './market.ts';

// A machine that does much else at the same time takes long to load a program.
const READY_MS = 120_000;
// Limits are shared with the market's own server, and what that one left unused would be too much here.
const GENEROUS = LIMITS.map((name) => `${name}=1000000/60`).join();
const SHIFT_CLOCK = new URL('./shift-clock.ts', import.meta.url).href;
const KILL_AT_QUERY = new URL('./kill-at-query.ts', import.meta.url).href;

/** Where a process kills itself: at the `at`-th counted query of its database, from 1, or at that statement. */
export interface KillPoint {
  /** The counting begins with a query that contains this, */
  from: string;
  /** and ends with one that contains this. */
  to: string;
  /** The transaction in which the counting began is counted in full; beyond it, queries that name one of these. */
  only: string[];
  at: number | 'COMMIT';
  /** `sent`: when the query has left and no answer has come; `answered`: when its answer is there. */
  when: 'sent' | 'answered';
  /** Modules to load ahead of the start. */
  warm: string[];
}

export interface Program extends AsyncDisposable {
  process: ChildProcess;
  /** Resolves with the signal or code that it ended by. */
  ended: Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Told of what a process writes to stdout and stderr. */
export type OnOutput = (text: string) => void;

/** A program that is loaded, and does nothing before it is started. */
export interface Loaded extends AsyncDisposable {
  /** Resolves when it says that it is ready, or has died before. */
  start(): Promise<Program>;
}

/** Starts one of the market's programs as a process of its own; resolves when it says that it is ready. */
export async function startProgram(
  market: TestMarket,
  program: string,
  env: Record<string, string> = {},
): Promise<Program> {
  return startProcess(program, { ...environmentOf(market, program), ...env });
}

/**
 * Starts a program in an environment that says everything; resolves when it says that it is ready. `CLOCK_AHEAD_MS`
 * puts its machine's clock wrong by so much.
 */
export async function startProcess(
  program: string,
  env: Record<string, string>,
  onOutput?: OnOutput,
): Promise<Program> {
  const preloaded = env.CLOCK_AHEAD_MS ? ['--import', SHIFT_CLOCK] : [];
  const child = launch(program, preloaded, env, onOutput ? 'pipe' : 'inherit');
  for (const stream of onOutput ? [child.stdout, child.stderr] : []) {
    stream?.setEncoding('utf8').on('data', onOutput!);
  }
  const started = await isReady(child);
  const { exitCode, signalCode } = started.process;
  if (exitCode === null && signalCode === null) return started;
  throw new Error(`${program} ended with ${signalCode ?? exitCode} before it was ready`);
}

/** Loads a program that will kill itself at a point of its work. */
export function loadProgram(
  market: TestMarket,
  program: string,
  killPoint: KillPoint,
  env: Record<string, string> = {},
): Loaded {
  const child = launch(program, ['--import', KILL_AT_QUERY], {
    ...environmentOf(market, program),
    ...env,
    KILL_POINT: JSON.stringify(killPoint),
  });
  return {
    start() {
      child.send('start');
      return isReady(child);
    },
    [Symbol.asyncDispose]: async () => void child.kill('SIGKILL'),
  };
}

function environmentOf(market: TestMarket, program: string): Record<string, string> {
  const { socket, cert } = market.sandbox.nodes.market;
  return {
    DATABASE_URL: market.db.url,
    LND_SOCKET: socket,
    LND_CERT: cert,
    ...macaroonsOf(program.split('/')[0] as ProgramName, market.macaroons),
    LIGHTNING_NETWORK: 'sandbox',
    DAZAAR_DATA: market.dir,
    GATEWAY_PORT: '0',
  };
}

function launch(
  program: string,
  execArgv: string[],
  env: Record<string, string>,
  output: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  const path = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  return fork(path, [], {
    execArgv,
    stdio: ['ignore', output, output, 'ipc'],
    env: {
      ...process.env,
      RATE_LIMITS: GENEROUS,
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
      NODE_NO_WARNINGS: '1',
      ...env,
    },
  });
}

async function isReady(child: ChildProcess): Promise<Program> {
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  await Promise.race([once(child, 'message'), ended]);
  clearTimeout(timer);
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { process: child, ended, kill, [Symbol.asyncDispose]: () => kill('SIGKILL') };
}
