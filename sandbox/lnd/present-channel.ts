import type { ChannelView } from '../ldk/channel-view.ts';
import { MAX_HTLCS } from '../ldk/config.ts';

const CSV_DELAY_BLOCKS = 144;
const DUST_LIMIT_SATS = 354;

/** A channel as lnrpc.Channel. Figures that LDK does not keep are told as zero. */
export function presentChannel(channel: ChannelView) {
  const { capacitySats, localMsat, remoteMsat } = channel;
  const unsettledMsat = capacitySats * 1000n - localMsat - remoteMsat;
  const constraints = (reserveSats: bigint) => ({
    csv_delay: CSV_DELAY_BLOCKS,
    chan_reserve_sat: reserveSats.toString(),
    dust_limit_sat: DUST_LIMIT_SATS.toString(),
    max_pending_amt_msat: (capacitySats * 1000n).toString(),
    min_htlc_msat: '1',
    max_accepted_htlcs: MAX_HTLCS,
  });
  return {
    active: channel.isUsable,
    remote_pubkey: channel.peer,
    channel_point: `${channel.fundingTxid}:${channel.fundingIndex}`,
    chan_id: channel.scid,
    capacity: capacitySats.toString(),
    local_balance: (localMsat / 1000n).toString(),
    remote_balance: (remoteMsat / 1000n).toString(),
    commit_fee: '0',
    commit_weight: '0',
    fee_per_kw: '253',
    unsettled_balance: (unsettledMsat / 1000n).toString(),
    total_satoshis_sent: '0',
    total_satoshis_received: '0',
    num_updates: '0',
    pending_htlcs: [],
    private: true,
    initiator: channel.isInitiator,
    chan_status_flags: 'ChanStatusDefault',
    local_chan_reserve_sat: channel.localReserveSats.toString(),
    remote_chan_reserve_sat: channel.remoteReserveSats.toString(),
    commitment_type: 'ANCHORS',
    lifetime: '0',
    uptime: '0',
    push_amount_sat: '0',
    thaw_height: 0,
    local_constraints: constraints(channel.localReserveSats),
    remote_constraints: constraints(channel.remoteReserveSats),
    alias_scids: [],
    peer_scid_alias: '0',
    zero_conf: false,
    zero_conf_confirmed_scid: '0',
  };
}

/** All channels of a node as lnrpc.ChannelBalanceResponse. */
export function presentBalance(channels: ChannelView[]) {
  const ready = channels.filter((channel) => channel.isReady);
  const opening = channels.filter((channel) => !channel.isReady);
  const local = sum(ready, (channel) => channel.localMsat);
  const remote = sum(ready, (channel) => channel.remoteMsat);
  const unsettled = sum(ready, (each) => each.capacitySats * 1000n) - local - remote;
  return {
    balance: (local / 1000n).toString(),
    pending_open_balance: '0',
    local_balance: amount(local),
    remote_balance: amount(remote),
    unsettled_local_balance: amount(unsettled),
    unsettled_remote_balance: amount(0n),
    pending_open_local_balance: amount(sum(opening, (channel) => channel.localMsat)),
    pending_open_remote_balance: amount(sum(opening, (channel) => channel.remoteMsat)),
  };
}

function sum(channels: ChannelView[], of: (channel: ChannelView) => bigint): bigint {
  return channels.reduce((total, channel) => total + of(channel), 0n);
}

function amount(msat: bigint) {
  return { sat: (msat / 1000n).toString(), msat: msat.toString() };
}
