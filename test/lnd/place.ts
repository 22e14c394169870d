import type { LightningPlace } from '../support/stack.ts';
import { startLndNetwork } from './network.ts';

/** Real LNDs as the Lightning network of a stack. */
export async function startLndPlace(dir: string): Promise<LightningPlace> {
  const { nodes, restart, [Symbol.asyncDispose]: dispose } = await startLndNetwork(dir);
  return {
    network: 'regtest',
    nodes,
    restart: () => restart('market'),
    [Symbol.asyncDispose]: dispose,
  };
}
