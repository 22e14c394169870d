import { Counter, Gauge, Histogram } from 'prom-client';
import { hear } from '../../ports/measures.ts';
import { Source } from './source.ts';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30];

/** What happens at a seeder's gate. */
export function countAccess(): void {
  const admission = new Histogram({
    name: 'dazaar_grant_to_admission_seconds',
    help: "From the row of the grant log to this seeder's gate letting its holder in, by the database's clock.",
    buckets: SECONDS,
  });
  const cut = new Histogram({
    name: 'dazaar_revoke_to_cut_seconds',
    help: "From a revocation in the grant log to the cut at this seeder's gate, by the database's clock.",
    buckets: SECONDS,
  });
  const expiry = new Histogram({
    name: 'dazaar_expiry_lag_seconds',
    help: "How late this seeder's own timer cut grants whose time was over.",
    buckets: SECONDS,
  });
  const bytes = new Counter({
    name: 'dazaar_replicated_bytes_total',
    help: 'Bytes of blocks that this seeder sent to buyers: as the body has them over HTTP, without proofs in the swarm.',
    labelNames: ['transport'],
  });
  const blocks = new Counter({
    name: 'dazaar_replicated_blocks_total',
    help: 'Blocks that this seeder sent to buyers.',
    labelNames: ['transport'],
  });
  for (const transport of ['swarm', 'http']) {
    bytes.inc({ transport }, 0);
    blocks.inc({ transport }, 0);
  }
  hear('admitted', ({ seconds }) => admission.observe(seconds));
  hear('cut', ({ seconds }) => cut.observe(seconds));
  hear('expired', ({ seconds }) => expiry.observe(seconds));
  hear('served', (served) => {
    bytes.inc({ transport: served.transport }, served.bytes);
    blocks.inc({ transport: served.transport }, served.blocks);
  });
}

/** How a seeder is at this moment. */
export interface SeederState {
  grants: number;
  peers: number;
  feeds: number;
  /** How long ago the grant log was last read to its end; null: never yet. */
  grantsReadAgeMs: number | null;
  /** By how much this machine's clock is ahead of the database's; null: not known yet. */
  clockSkewMs: number | null;
}

/** The seeder as it is when somebody scrapes; null while it is still coming up. */
export function seederSource(read: () => SeederState | null): Source {
  const grants = new Gauge({
    name: 'dazaar_gate_grants',
    help: "Grants that are live at this seeder's gate.",
  });
  const peers = new Gauge({
    name: 'dazaar_seeder_peers',
    help: 'Peers that are connected to this seeder.',
  });
  const feeds = new Gauge({ name: 'dazaar_seeder_feeds', help: 'Feeds that this seeder serves.' });
  const age = new Gauge({
    name: 'dazaar_grants_read_age_seconds',
    help: 'How long ago this seeder had read the grant log to its end; left out before the first time.',
  });
  const skew = new Gauge({
    name: 'dazaar_clock_skew_seconds',
    help: "By how much this machine's clock is ahead of the database's.",
  });
  return new Source('seeder', [grants, peers, feeds, age, skew], async () => {
    const state = read();
    if (!state) throw new Error('the seeder is not up yet');
    grants.set(state.grants);
    peers.set(state.peers);
    feeds.set(state.feeds);
    setSeconds(age, state.grantsReadAgeMs);
    setSeconds(skew, state.clockSkewMs);
  });
}

function setSeconds(gauge: Gauge, ms: number | null): void {
  if (ms === null) gauge.remove({});
  else gauge.set(ms / 1000);
}
