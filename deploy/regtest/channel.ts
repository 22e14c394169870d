import {
  type AuthenticatedLnd,
  addPeer,
  createChainAddress,
  getChainBalance,
  getChannels,
  getPendingChannels,
  getWalletInfo,
  openChannel,
} from 'ln-service';
import type { Bitcoind } from './bitcoind.ts';

/** Nobody holds the key of this address: what is mined to it is gone. */
export const NOBODY = 'bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202';
const CAPACITY_SATS = 16_000_000;
const MATURITY_BLOCKS = 100;
const CONFIRMING_BLOCKS = 6;

export interface Nodes {
  bitcoind: Bitcoind;
  market: AuthenticatedLnd;
  buyer: AuthenticatedLnd;
  /** Where other nodes reach the market's. */
  marketPeer: string;
}

/**
 * One step on the way to a channel between buyer and market, half of it on either side: whatever was done before, by
 * whomever, is not done again. Resolves with true once payments can go through it.
 *
 * @throws while a node does not answer yet
 */
export async function stepToChannel(nodes: Nodes): Promise<boolean> {
  const { bitcoind, market, buyer, marketPeer } = nodes;
  const { public_key: partner } = await getWalletInfo({ lnd: market });
  const { channels } = await getChannels({ lnd: buyer });
  if (channels.some((channel) => channel.partner_public_key === partner && channel.is_active)) {
    return true;
  }
  await addPeer({ lnd: buyer, public_key: partner, socket: marketPeer });
  if (channels.length > 0) return false;
  const { pending_channels: pending } = await getPendingChannels({ lnd: buyer });
  if (pending.some(({ is_opening }) => is_opening)) {
    await bitcoind.mine(CONFIRMING_BLOCKS, NOBODY);
  } else if ((await getChainBalance({ lnd: buyer })).chain_balance > CAPACITY_SATS) {
    await openChannel({
      lnd: buyer,
      partner_public_key: partner,
      local_tokens: CAPACITY_SATS,
      give_tokens: CAPACITY_SATS / 2,
    });
  } else {
    await fund(bitcoind, buyer);
  }
  return false;
}

async function fund(bitcoind: Bitcoind, lnd: AuthenticatedLnd): Promise<void> {
  const { address } = await createChainAddress({ lnd, format: 'p2wpkh' });
  await bitcoind.mine(1, address);
  await bitcoind.mine(MATURITY_BLOCKS, NOBODY);
}
