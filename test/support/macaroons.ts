import { bakeMacaroons } from '../../adapters/lightning/access.ts';
import { type MacaroonPaths, writeMacaroons } from '../../ops/write-macaroons.ts';

/** That the macaroons of tests are baked with. */
const ROOT_KEY_ID = '1';

/** One of the market's three programs. */
export type ProgramName = 'server' | 'workers' | 'seeder';

/** Where a node is, and the paths of what opens it. */
export interface LndPlace {
  socket: string;
  cert: string;
  macaroon: string;
}

/** Bakes the market's macaroons at a node, into this directory. */
export async function bakeFor(node: LndPlace, dir: string): Promise<MacaroonPaths> {
  const { socket, cert: certPath, macaroon: macaroonPath } = node;
  return writeMacaroons(dir, await bakeMacaroons({ socket, certPath, macaroonPath }, ROOT_KEY_ID));
}

/** What tells a program of its own macaroons, and of no other's. */
export function macaroonsOf(
  program: ProgramName,
  { server, workers, payouts }: MacaroonPaths,
): Record<string, string> {
  if (program !== 'workers') return { LND_MACAROON: server };
  return { LND_MACAROON: workers, LND_PAYOUT_MACAROON: payouts };
}
