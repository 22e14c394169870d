import { MaxDustHTLCExposure, UserConfig } from 'lightningdevkit';

// LND's defaults, so that fees here look like fees there.
export const FEE_BASE_MSAT = 1_000;
export const FEE_PPM = 1;
export const HOP_CLTV_DELTA = 80;
// BOLT 2 allows no more HTLCs in one direction of a channel.
export const MAX_HTLCS = 483;
// Above BOLT 2's limit for cautious nodes (2^24 sats): refills stay rare.
export const MAX_CAPACITY_SATS = 100_000_000_000n;
const MAX_DUST_MSAT = 1_000_000_000n;

/** How each sandbox node runs its channels: private, ready after one block, all of it usable. */
export function nodeConfig(): UserConfig {
  const config = UserConfig.constructor_default();
  const handshake = config.get_channel_handshake_config();
  handshake.set_minimum_depth(1);
  handshake.set_announce_for_forwarding(false);
  handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(100);
  handshake.set_our_max_accepted_htlcs(MAX_HTLCS);
  config.set_channel_handshake_config(handshake);
  const limits = config.get_channel_handshake_limits();
  limits.set_force_announced_channel_preference(false);
  limits.set_max_funding_satoshis(MAX_CAPACITY_SATS);
  config.set_channel_handshake_limits(limits);
  const channel = config.get_channel_config();
  channel.set_forwarding_fee_base_msat(FEE_BASE_MSAT);
  channel.set_forwarding_fee_proportional_millionths(FEE_PPM);
  channel.set_cltv_expiry_delta(HOP_CLTV_DELTA);
  channel.set_max_dust_htlc_exposure(
    MaxDustHTLCExposure.constructor_fixed_limit_msat(MAX_DUST_MSAT),
  );
  config.set_channel_config(channel);
  config.set_accept_forwards_to_priv_channels(true);
  return config;
}
