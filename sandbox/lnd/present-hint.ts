import type { Hint } from '../store/invoice-table.ts';

/** A route hint as lnrpc.RouteHint. */
export function presentHint(route: Hint[]) {
  return {
    hop_hints: route.map((hop) => ({
      node_id: hop.pubkey,
      chan_id: hop.scid,
      fee_base_msat: hop.feeBaseMsat,
      fee_proportional_millionths: hop.feePpm,
      cltv_expiry_delta: hop.cltvDelta,
    })),
  };
}
