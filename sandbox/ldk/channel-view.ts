import type { ChannelDetails } from 'lightningdevkit';
import { hexOf } from '../bytes.ts';
import { isNull, u64Of } from './result.ts';

/** A channel as one of its ends sees it. Balances include the end's reserve, as LND's do. */
export interface ChannelView {
  channelId: string;
  /** Short channel id as a decimal string; '0' until the funding confirmed. */
  scid: string;
  peer: string;
  fundingTxid: string;
  fundingIndex: number;
  capacitySats: bigint;
  localMsat: bigint;
  remoteMsat: bigint;
  outboundMsat: bigint;
  inboundMsat: bigint;
  localReserveSats: bigint;
  remoteReserveSats: bigint;
  isInitiator: boolean;
  isReady: boolean;
  isUsable: boolean;
  /** Whether the peer told its forwarding terms: before that, invoices carry no route hint. */
  isHintable: boolean;
}

export function viewOf(channel: ChannelDetails): ChannelView {
  const peer = channel.get_counterparty();
  const funding = channel.get_funding_txo();
  const hasFunding = !isNull(funding);
  const localReserveSats = u64Of(channel.get_unspendable_punishment_reserve()) ?? 0n;
  const remoteReserveSats = peer.get_unspendable_punishment_reserve();
  const outboundMsat = channel.get_outbound_capacity_msat();
  const inboundMsat = channel.get_inbound_capacity_msat();
  return {
    channelId: hexOf(channel.get_channel_id().get_a()),
    scid: (u64Of(channel.get_short_channel_id()) ?? 0n).toString(),
    peer: hexOf(peer.get_node_id()),
    fundingTxid: hasFunding ? Buffer.from(funding.get_txid()).reverse().toString('hex') : '',
    fundingIndex: hasFunding ? funding.get_index() : 0,
    capacitySats: channel.get_channel_value_satoshis(),
    localMsat: outboundMsat + localReserveSats * 1000n,
    remoteMsat: inboundMsat + remoteReserveSats * 1000n,
    outboundMsat,
    inboundMsat,
    localReserveSats,
    remoteReserveSats,
    isInitiator: channel.get_is_outbound(),
    isReady: channel.get_is_channel_ready(),
    isUsable: channel.get_is_usable(),
    isHintable: !isNull(peer.get_forwarding_info()),
  };
}
