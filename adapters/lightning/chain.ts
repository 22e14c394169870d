import { getWalletInfo } from 'ln-service';
import { NodeUnreachable } from '../../ports/lightning.ts';
import { ask } from './ask.ts';
import { connectLnd, type LndAddress } from './connect.ts';

/** By the hash of its first block, in the order of bytes in which ln-service says it. */
const CHAINS: Record<string, string> = {
  '6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000': 'bitcoin',
  '43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000': 'testnet',
  f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000: 'signet',
  '06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f': 'regtest',
};

/**
 * Which chain a node is on: `bitcoin`, `testnet`, `signet`, `regtest`, or another's hash; null when it is away.
 *
 * @throws when the node does not take the macaroon, or what is to open it is not what it should be
 */
export async function nodeChain(address: LndAddress): Promise<string | null> {
  try {
    const lnd = connectLnd(address);
    const { chains } = await ask('read the node', () => getWalletInfo({ lnd }));
    const [chain = 'unknown'] = chains;
    return CHAINS[chain] ?? chain;
  } catch (error) {
    if (error instanceof NodeUnreachable) return null;
    throw error;
  }
}
