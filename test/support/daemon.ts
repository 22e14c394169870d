import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Of what a daemon said last, as much as an error quotes. */
const TAIL_CHARS = 4_000;

export interface Daemon extends AsyncDisposable {
  pid: number;
  /** Rejects with what the daemon said last, when it ends by itself. */
  untimelyEnd: Promise<never>;
  /** Sends a signal and resolves when the daemon is gone; again is a no-op. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Runs a foreign program that dies with this process, however abruptly that ends. */
export function startDaemon(command: string, args: string[]): Daemon {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // A pipe of ours closes when we die: whoever reads it then kills what we have left behind.
  const reaper = spawn('/bin/sh', ['-c', `cat; kill -9 ${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      tail = (tail + chunk).slice(-TAIL_CHARS);
    });
  }
  let isMeant = false;
  const exited = once(child, 'exit').then(([code, signal]) => {
    reaper.kill('SIGKILL');
    return signal ?? code;
  });
  const untimelyEnd = exited.then((how): Promise<never> => {
    if (isMeant) return new Promise(() => {});
    throw new Error(`${command} ended (${how}):\n${tail}`);
  });
  untimelyEnd.catch(() => {});
  letEnd(child);
  letEnd(reaper);

  async function kill(signal: NodeJS.Signals): Promise<void> {
    isMeant = true;
    child.ref();
    child.kill(signal);
    await exited;
  }
  return {
    pid: child.pid as number,
    untimelyEnd,
    kill,
    [Symbol.asyncDispose]: () => kill('SIGKILL'),
  };
}

/** Does not keep this process from ending. */
function letEnd(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    (stream as { unref?: () => void } | null)?.unref?.();
  }
}
