import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../domain/limit.ts';
import type { ProgramName } from '../test/support/stack.ts';

const START_AGAIN_MS = 300;
const START_AGAIN_MAX_MS = 5_000;
// One caller plays all of them here, who would be many.
const GENEROUS = LIMITS.map((name) => `${name}=1000000/60`).join();

/** How a process ended that nobody had asked to. */
export interface OwnEnd {
  part: string;
  how: string;
  /** Whether it had said before that it was ready. */
  wasReady: boolean;
}

/** One of the market's processes: whenever it ends it is started again after a while, as an orchestrator does. */
export class Part {
  readonly name: string;
  readonly program: ProgramName;
  readonly url: string;
  readonly ownEnds: OwnEnd[] = [];
  starts = 0;
  maxRssMib = 0;
  readonly #env: Record<string, string>;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #isReady = false;
  #isAsked = false;
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(program: ProgramName, name: string, env: Record<string, string>, logDir: string) {
    this.program = program;
    this.name = name;
    this.url = `http://127.0.0.1:${env.PORT}`;
    this.#env = env;
    this.#logFile = join(logDir, `${name}.log`);
    mkdirSync(logDir, { recursive: true });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves when it is ready for the first time. */
  async start(): Promise<void> {
    this.#running = this.#keepUp();
    while (!this.#isReady && !this.#isStopping) await sleep(20);
  }

  /** Sends a signal; false when there is no process now that could get it. */
  signal(signal: NodeJS.Signals): boolean {
    if (!this.#child?.pid || this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return false;
    }
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#isAsked = true;
    return this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const cut = setTimeout(() => this.signal('SIGKILL'), 15_000);
    await this.#running;
    clearTimeout(cut);
  }

  /** Notes how much memory it takes, where the system tells. */
  weigh(): number {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
      const rssMib = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      this.maxRssMib = Math.max(this.maxRssMib, rssMib);
      return rssMib;
    } catch {
      return 0;
    }
  }

  async #keepUp(): Promise<void> {
    let delayMs = START_AGAIN_MS;
    while (!this.#isStopping) {
      const wasReady = await this.#runOnce();
      delayMs = wasReady ? START_AGAIN_MS : Math.min(delayMs * 2, START_AGAIN_MAX_MS);
      if (!this.#isStopping) await sleep(delayMs);
    }
  }

  /** @returns whether it had become ready */
  async #runOnce(): Promise<boolean> {
    const log = openSync(this.#logFile, 'a');
    const path = fileURLToPath(new URL(`../${this.program}/main.ts`, import.meta.url));
    const child = fork(path, [], {
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...process.env,
        RATE_LIMITS: GENEROUS,
        LOG_LEVEL: 'info',
        NODE_COMPILE_CACHE: join(tmpdir(), 'dazaar-test-compile-cache'),
        NODE_NO_WARNINGS: '1',
        ...this.#env,
      },
    });
    closeSync(log);
    this.#child = child;
    this.#isAsked = false;
    this.starts += 1;
    let wasReady = false;
    child.once('message', () => {
      wasReady = true;
      this.#isReady = true;
    });
    const [code, signal] = await once(child, 'exit');
    this.#isReady = false;
    const how = String(signal ?? code);
    if (!this.#isAsked) this.ownEnds.push({ part: this.name, how, wasReady });
    return wasReady;
  }
}
