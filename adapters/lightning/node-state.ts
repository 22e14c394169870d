import { type AuthenticatedLnd, getChannelBalance, getWalletInfo } from 'ln-service';
import type { WalletBalance } from '../../domain/play-wallet.ts';
import type { NodeState } from '../../ports/lightning.ts';
import { ask } from './ask.ts';

/** How the node stands to the chain. */
export async function nodeState(lnd: AuthenticatedLnd): Promise<NodeState> {
  const info = await ask('read the node', () => getWalletInfo({ lnd }));
  return { synced: info.is_synced_to_chain, blockHeight: info.current_block_height };
}

/** What the node's open channels can carry, in all. */
export async function liquidity(lnd: AuthenticatedLnd): Promise<WalletBalance> {
  const { channel_balance_mtokens = '0', inbound_mtokens = '0' } = await ask(
    'read the balance',
    () => getChannelBalance({ lnd }),
  );
  return {
    spendableMsat: BigInt(channel_balance_mtokens),
    receivableMsat: BigInt(inbound_mtokens),
  };
}
