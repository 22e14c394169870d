import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { ACCESS } from '../adapters/lightning/access.ts';
import { permissionsOf } from '../adapters/lightning/macaroon.ts';
import type { Values } from './config.ts';

/** Whoever has one of these can spend, or make himself a macaroon that can. */
const SPENDING = new Set([
  'offchain:write',
  'onchain:write',
  'signer:generate',
  'macaroon:generate',
  'macaroon:write',
]);
/** What a macaroon opens by URI is harmless only if it is known to be. */
const HARMLESS = new Set([...ACCESS.server, ...ACCESS.workers].map((method) => `uri:${method}`));

/**
 * Where the money is real, whoever takes over a process must not find there what spends the node's money: LND_MACAROON
 * never does, and the macaroon that does is out of reach of all but the workers. Files that are missing are not its
 * business.
 */
export function macaroonFaults(program: 'server' | 'workers' | 'seeder', values: Values): string[] {
  const { LND_MACAROON: path, LND_PAYOUT_MACAROON: payouts, LIGHTNING_NETWORK: network } = values;
  if (network === 'sandbox') return [];
  const faults: string[] = [];
  const tooMuch = path && existsSync(path) && spending(path);
  if (tooMuch) {
    faults.push(`LND_MACAROON: ${tooMuch}; "npm run macaroons" bakes one for the ${program}`);
  }
  if (program !== 'workers' && payouts && isReadable(payouts)) {
    faults.push(
      `LND_PAYOUT_MACAROON: the ${program} must not be able to read it, only the workers`,
    );
  }
  return faults;
}

function spending(path: string): string | null {
  try {
    const permission = permissionsOf(readFileSync(path)).find(
      (each) => SPENDING.has(each) || (each.startsWith('uri:') && !HARMLESS.has(each)),
    );
    return permission ? `it permits ${permission}, and so perhaps to spend` : null;
  } catch {
    return 'it is no macaroon';
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
