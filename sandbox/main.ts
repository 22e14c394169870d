import { resolve } from 'node:path';
import { Daemon } from './daemon.ts';

const DEFAULT_DIR = '.dazaar/sandbox';
const DEFAULT_PORT = 10009;
const DEFAULT_CAPACITY_SATS = 1_000_000_000n;
const SHUTDOWN_MS = 5_000;

let daemon: Daemon | undefined;
let isStopping = false;

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// Started by startSandbox: when the parent dies, however abruptly, the channel closes.
process.on('disconnect', stop);

try {
  const { env } = process;
  daemon = new Daemon({
    dir: resolve(env.DAZAAR_SANDBOX_DIR ?? DEFAULT_DIR),
    port: Number(env.DAZAAR_SANDBOX_PORT ?? DEFAULT_PORT),
    capacitySats: BigInt(env.DAZAAR_SANDBOX_CAPACITY_SATS ?? DEFAULT_CAPACITY_SATS),
    logLevel: env.DAZAAR_SANDBOX_LOG_LEVEL ? Number(env.DAZAAR_SANDBOX_LOG_LEVEL) : undefined,
  });
  const bulletin = await daemon.start();
  process.send?.(bulletin);
  const sockets = Object.entries(bulletin.nodes).map(([name, { socket }]) => `${name} ${socket}`);
  console.log(`sandbox ready ${sockets.join(' ')}`);
} catch (error) {
  console.error(`sandbox: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

function stop(): void {
  if (isStopping) return;
  isStopping = true;
  // Whatever hangs: all is committed, so an exit loses nothing.
  setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
  Promise.resolve(daemon?.stop()).then(() => process.exit(0));
}
