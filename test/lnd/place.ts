import type { LightningPlace } from '../support/stack.ts';
import { type LndNetwork, startLndNetwork } from './network.ts';

/** Real LNDs as the Lightning network of a stack. */
export async function startLndPlace(dir: string): Promise<LightningPlace> {
  return placeOf(await startLndNetwork(dir));
}

export function placeOf(network: LndNetwork): LightningPlace {
  return {
    network: 'regtest',
    nodes: network.nodes,
    restart: () => network.restart('market'),
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}
