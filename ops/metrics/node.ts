import { Gauge } from 'prom-client';
import type { Lightning } from '../../ports/lightning.ts';
import { Source } from './source.ts';

/** The Lightning node that is paid: how it stands to the chain. */
export function nodeSource(lightning: Lightning): Source {
  const synced = new Gauge({
    name: 'dazaar_node_synced',
    help: 'Whether the Lightning node has caught up with the chain: 1 or 0.',
  });
  const height = new Gauge({
    name: 'dazaar_node_block_height',
    help: 'The height of the chain as the Lightning node knows it.',
  });
  return new Source('node', [synced, height], async () => {
    const state = await lightning.nodeState();
    synced.set(Number(state.synced));
    height.set(state.blockHeight);
  });
}

/** What its channels can carry. Apart from the rest: its macaroon may not allow it. */
export function liquiditySource(lightning: Lightning): Source {
  const inbound = new Gauge({
    name: 'dazaar_node_inbound_msat',
    help: "What buyers can pay in over the node's open channels, in all.",
  });
  const outbound = new Gauge({
    name: 'dazaar_node_outbound_msat',
    help: "What payouts can be made from over the node's open channels, in all.",
  });
  return new Source('liquidity', [inbound, outbound], async () => {
    const { receivableMsat, spendableMsat } = await lightning.liquidity();
    inbound.set(Number(receivableMsat));
    outbound.set(Number(spendableMsat));
  });
}
