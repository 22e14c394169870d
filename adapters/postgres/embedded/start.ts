import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GUARDIAN = fileURLToPath(new URL('./guardian.ts', import.meta.url));

export interface EmbeddedPostgres {
  /** postgres:// with superuser rights on the maintenance database. */
  url: string;
  /** Resolves when the server has ended, wanted or not. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts an embedded PostgreSQL with its data in `dir`/postgres. It ends with this process, even on SIGKILL.
 *
 * @param port a fixed loopback port; 0 takes a free one
 * @throws what initdb or the server said when it could not start
 */
export async function startEmbeddedPostgres(dir: string, port = 0): Promise<EmbeddedPostgres> {
  mkdirSync(dir, { recursive: true });
  // A process group of its own, so that a Ctrl-C in the terminal does not end the database first.
  const guardian = fork(GUARDIAN, [dir, String(port)], {
    detached: true,
    stdio: 'inherit',
    execArgv: [], // not the flags of a test runner
  });
  const exited = once(guardian, 'exit').then(() => {});
  const answer = await Promise.race([
    once(guardian, 'message').then(([message]) => message as { url?: string; error?: string }),
    exited.then(() => ({ error: 'the guardian process ended', url: undefined })),
  ]);
  if (!answer.url) throw new Error(answer.error);
  // The database must not keep alive a process that has nothing else to do.
  guardian.unref();
  guardian.channel?.unref();
  return {
    url: answer.url,
    ended: exited,
    stop: async () => {
      guardian.ref();
      guardian.kill('SIGTERM');
      await exited;
    },
  };
}
