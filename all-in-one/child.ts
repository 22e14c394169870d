import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../boot/config.ts';

const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 10_000;
const LAST_LINES = 3;
const STEADY_MS = 30_000;
// Longer than a program gives itself.
const STOP_TIMEOUT_MS = 25_000;

export interface ChildOptions {
  /** Path from the root of the repository. */
  program: string;
  env: NodeJS.ProcessEnv;
  /** What its output is appended to. */
  logFile: string;
  onRestart: (program: string, why: string) => void;
}

/** A program that is started again whenever it ends by itself. */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = RESTART_MIN_MS;
  #starting = false;
  #stopped = false;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when the program says that it is ready; rejects when it ends before. */
  async start(): Promise<void> {
    this.#starting = true;
    const child = this.launch();
    const ready = once(child, 'message').then(() => null);
    const early = await Promise.race([ready, once(child, 'exit')]);
    this.#starting = false;
    if (!early) return;
    const [code, signal] = early;
    const { program } = this.#options;
    const words = this.#lastWords();
    throw new ConfigError(`${program} ended with ${signal ?? code} before it was ready:\n${words}`);
  }

  #lastWords(): string {
    const lines = readFileSync(this.#options.logFile, 'utf8').trimEnd().split('\n');
    return lines
      .filter((line) => !line.startsWith('{'))
      .slice(-LAST_LINES)
      .join('\n');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(killer);
  }

  /** Starts the program without waiting for a word from it. */
  launch(): ChildProcess {
    const { program, env, logFile } = this.#options;
    const logFd = openSync(logFile, 'a');
    const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
    const startedAtMs = Date.now();
    // Its own process group: a Ctrl-C is for the parent, which stops its children in order.
    const child = fork(path, [], { env, detached: true, stdio: ['ignore', logFd, logFd, 'ipc'] });
    closeSync(logFd);
    this.#process = child;
    child.on('exit', (code, signal) => this.#ended(`${signal ?? code}`, Date.now() - startedAtMs));
    return child;
  }

  #ended(why: string, afterMs: number): void {
    if (this.#stopped || this.#starting) return;
    this.#delayMs =
      afterMs > STEADY_MS ? RESTART_MIN_MS : Math.min(this.#delayMs * 2, RESTART_MAX_MS);
    this.#options.onRestart(this.#options.program, why);
    this.#timer = setTimeout(() => this.launch(), this.#delayMs);
  }
}
