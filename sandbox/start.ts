import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bulletin } from './bulletin.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 10_000;

export type { Bulletin, NodeAddress } from './bulletin.ts';

export interface SandboxOptions {
  dir: string;
  /** The market's port; router and buyer take the next two. 0, the default: any free ones. */
  port?: number;
  /** Of each channel; small ones let tests see how they are refilled. */
  capacitySats?: bigint;
}

export interface Sandbox extends AsyncDisposable {
  readonly nodes: Bulletin['nodes'];
  readonly pid: number;
  /** Sends a signal and resolves when the daemon is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops the daemon cleanly; again is a no-op. */
  stop(): Promise<void>;
  /** Starts the daemon again on the same directory; kills it first if it still runs. */
  restart(): Promise<void>;
}

/**
 * Starts the daemon as a child process that dies with this one; resolves when it is ready.
 * Rejects when it exits before, or takes longer than a minute.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  let { child, bulletin } = await launch(options);

  const kill = async (signal: NodeJS.Signals) => {
    if (hasExited(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const stop = async () => {
    const cut = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await kill('SIGTERM');
    clearTimeout(cut);
  };

  return {
    get nodes() {
      return bulletin.nodes;
    },
    get pid() {
      return bulletin.pid;
    },
    kill,
    stop,
    async restart() {
      await kill('SIGKILL');
      ({ child, bulletin } = await launch(options));
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(
  options: SandboxOptions,
): Promise<{ child: ChildProcess; bulletin: Bulletin }> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      DAZAAR_SANDBOX_DIR: options.dir,
      DAZAAR_SANDBOX_PORT: String(options.port ?? 0),
      ...(options.capacitySats === undefined
        ? {}
        : { DAZAAR_SANDBOX_CAPACITY_SATS: String(options.capacitySats) }),
    },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    const bulletin = await new Promise<Bulletin>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Bulletin));
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`the sandbox ended before it was ready (${signal ?? code})`)),
      );
    });
    // A parent that forgets to stop it may end all the same; the daemon then follows.
    child.unref();
    child.channel?.unref();
    return { child, bulletin };
  } finally {
    clearTimeout(timer);
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
