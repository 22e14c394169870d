import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bakeMacaroons, type MacaroonName } from '../adapters/lightning/access.ts';
import type { LndAddress } from '../adapters/lightning/connect.ts';
import { permissionsOf } from '../adapters/lightning/macaroon.ts';
import { type MacaroonPaths, writeMacaroons } from '../ops/write-macaroons.ts';
import { startSandbox } from '../sandbox/start.ts';
import type { Part } from './parts.ts';

/** All that a market on one machine bakes is baked with this root key, at each start anew. */
const ROOT_KEY_ID = '8470';

/**
 * The node named by LND_SOCKET, or the sandbox: a private Lightning network with worthless coins. Either way each
 * program is told of a macaroon that permits its own work and no more.
 */
export function openLightning(dir: string, env: NodeJS.ProcessEnv): Promise<Part> {
  return env.LND_SOCKET ? openOwnNode(dir, env) : openSandbox(dir, env);
}

async function openSandbox(dir: string, env: NodeJS.ProcessEnv): Promise<Part> {
  const sandbox = await startSandbox({ dir: env.DAZAAR_SANDBOX_DIR ?? join(dir, 'sandbox') });
  const { market, buyer } = sandbox.nodes;
  const { socket, cert: certPath, macaroon: macaroonPath } = market;
  const names = ['server', 'workers', 'payouts'] as const;
  const { server, workers, payouts } = await bake(dir, { socket, certPath, macaroonPath }, names);
  return {
    env: { LND_SOCKET: socket, LND_CERT: certPath, LIGHTNING_NETWORK: 'sandbox' },
    programs: {
      server: {
        LND_MACAROON: server,
        SANDBOX_WALLET_SOCKET: buyer.socket,
        SANDBOX_WALLET_CERT: buyer.cert,
        SANDBOX_WALLET_MACAROON: buyer.macaroon,
      },
      workers: { LND_MACAROON: workers, LND_PAYOUT_MACAROON: payouts },
      seeder: { LND_MACAROON: server },
    },
    stop: () => sandbox.stop(),
  };
}

/** Payouts of real money are sent only for whoever names a macaroon for them. */
async function openOwnNode(dir: string, env: NodeJS.ProcessEnv): Promise<Part> {
  const { LND_SOCKET: socket, LND_CERT: certPath, LND_MACAROON: macaroonPath } = env;
  const payouts = env.LND_PAYOUT_MACAROON ?? '';
  const stop = async () => {};
  if (!socket || !certPath || !macaroonPath) return { env: {}, stop };
  const mayBake = permissionsOf(readFileSync(macaroonPath)).includes('macaroon:generate');
  const { server, workers } = mayBake
    ? await bake(dir, { socket, certPath, macaroonPath }, ['server', 'workers'])
    : { server: macaroonPath, workers: macaroonPath };
  return {
    env: { LND_PAYOUT_MACAROON: '' },
    programs: {
      server: { LND_MACAROON: server },
      workers: { LND_MACAROON: workers, LND_PAYOUT_MACAROON: payouts },
      seeder: { LND_MACAROON: server },
    },
    stop,
  };
}

/** The programs are not running yet: what an earlier start has left is in nobody's hands. */
async function bake(
  dir: string,
  address: LndAddress,
  names: readonly MacaroonName[],
): Promise<MacaroonPaths> {
  const baked = await bakeMacaroons(address, ROOT_KEY_ID);
  const folder = join(dir, 'macaroons');
  await rm(folder, { recursive: true, force: true });
  return writeMacaroons(folder, Object.fromEntries(names.map((name) => [name, baked[name]])));
}
