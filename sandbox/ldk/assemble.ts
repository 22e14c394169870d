import { randomBytes } from 'node:crypto';
import {
  BestBlock,
  type BroadcasterInterface,
  ChainMonitor,
  ChainParameters,
  ChannelManager,
  type ChannelMonitor,
  DefaultMessageRouter,
  DefaultRouter,
  type FeeEstimator,
  IgnoringMessageHandler,
  KeysManager,
  type Logger,
  MonitorUpdatingPersister,
  MultiThreadedLockableScore,
  Network,
  NetworkGraph,
  Option_FilterZ,
  Option_UtxoLookupZ,
  P2PGossipSync,
  PeerManager,
  ProbabilisticScorer,
  ProbabilisticScoringDecayParameters,
  ProbabilisticScoringFeeParameters,
  type TwoTuple_ThirtyTwoBytesChannelManagerZ,
  type TwoTuple_ThirtyTwoBytesChannelMonitorZ,
  UtilMethods,
} from 'lightningdevkit';
import { nowS } from '../bytes.ts';
import type { Chain } from '../chain/chain.ts';
import type { KeyValues } from '../store/kv.ts';
import { nodeConfig } from './config.ts';
import { indexed } from './indexed.ts';
import type { NodeOptions } from './node-options.ts';
import { unwrap } from './result.ts';
import { broadcaster, fixedFees, kvStore, logger } from './services.ts';

export const MANAGER_KEY = ['node', '', 'manager'] as const;
const SEED_KEY = ['node', '', 'seed'] as const;
const UPDATES_BEFORE_FULL_MONITOR = 200n;

interface Parts {
  manager: ChannelManager;
  monitor: ChainMonitor;
  peers: PeerManager;
  /** The height that the manager has seen. */
  managerHeight: number;
  /** LDK keeps weak references only: the node must hold all of these. */
  held: unknown[];
}

/** Builds a node out of its drawer: fresh, or as it was at the last commit. */
export function assemble({ name, chain, kv, logLevel }: NodeOptions): Parts {
  const keys = KeysManager.constructor_new(seedOf(kv), BigInt(nowS()), process.hrtime()[1]);
  const log = logger(name, logLevel);
  const fees = fixedFees();
  const radio = broadcaster(chain);
  const [entropy, signer, signers] = [
    keys.as_EntropySource(),
    keys.as_NodeSigner(),
    keys.as_SignerProvider(),
  ];
  const store = kvStore(kv);
  // A Persist of our own would be handed a copy of the whole monitor at each update.
  const persister = MonitorUpdatingPersister.constructor_new(
    store,
    log,
    UPDATES_BEFORE_FULL_MONITOR,
    entropy,
    signers,
    radio,
    fees,
  );
  const persist = persister.as_Persist();
  const monitor = ChainMonitor.constructor_new(
    Option_FilterZ.constructor_none(),
    radio,
    log,
    fees,
    persist,
  );
  const watch = monitor.as_Watch();
  const graph = NetworkGraph.constructor_new(Network.LDKNetwork_Regtest, log);
  const scorer = ProbabilisticScorer.constructor_new(
    ProbabilisticScoringDecayParameters.constructor_default(),
    graph,
    log,
  );
  const score = MultiThreadedLockableScore.constructor_new(scorer.as_Score());
  const router = DefaultRouter.constructor_new(
    graph,
    log,
    entropy,
    score.as_LockableScore(),
    ProbabilisticScoringFeeParameters.constructor_default(),
  ).as_Router();
  const messages = DefaultMessageRouter.constructor_new(graph, entropy).as_MessageRouter();

  const fresh = () =>
    ChannelManager.constructor_new(
      fees,
      watch,
      radio,
      router,
      messages,
      log,
      entropy,
      signer,
      signers,
      nodeConfig(),
      ChainParameters.constructor_new(
        Network.LDKNetwork_Regtest,
        BestBlock.constructor_new(chain.tipHash, chain.height),
      ),
      nowS(),
    );
  const restored = (saved: Uint8Array) => {
    const monitors = readMonitors(persister);
    const read = UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelManagerZ_read(
      saved,
      entropy,
      signer,
      signers,
      fees,
      watch,
      radio,
      router,
      messages,
      log,
      nodeConfig(),
      monitors,
    );
    const manager = unwrap<TwoTuple_ThirtyTwoBytesChannelManagerZ>('manager', read).get_b();
    for (const channel of monitors) {
      catchUp(channel, chain, radio, fees, log);
      unwrap('watch_channel', watch.watch_channel(channel.get_funding_txo().get_a(), channel));
    }
    return manager;
  };
  const saved = kv.get(...MANAGER_KEY);
  const manager = saved ? restored(saved) : fresh();

  const gossip = P2PGossipSync.constructor_new(graph, Option_UtxoLookupZ.constructor_none(), log);
  const ignore = IgnoringMessageHandler.constructor_new();
  const peers = PeerManager.constructor_new(
    manager.as_ChannelMessageHandler(),
    gossip.as_RoutingMessageHandler(),
    ignore.as_OnionMessageHandler(),
    ignore.as_CustomMessageHandler(),
    nowS(),
    entropy.get_secure_random_bytes(),
    log,
    signer,
  );
  const held = [keys, log, fees, radio, entropy, signer, signers, store, persister, persist];
  held.push(watch, graph, scorer, score, router, messages, gossip, ignore);
  const managerHeight = manager.current_best_block().get_height();
  return { manager, monitor, peers, managerHeight, held };
}

function seedOf(kv: KeyValues): Uint8Array {
  const saved = kv.get(...SEED_KEY);
  if (saved) return saved;
  const seed = new Uint8Array(randomBytes(32));
  kv.put(...SEED_KEY, seed);
  return seed;
}

function readMonitors(persister: MonitorUpdatingPersister): ChannelMonitor[] {
  const read = persister.read_all_channel_monitors_with_updates();
  return unwrap<TwoTuple_ThirtyTwoBytesChannelMonitorZ[]>('monitors', read).map((t) => t.get_b());
}

function catchUp(
  channel: ChannelMonitor,
  chain: Chain,
  radio: BroadcasterInterface,
  fees: FeeEstimator,
  log: Logger,
): void {
  for (const block of chain.blocksAfter(channel.current_best_block().get_height())) {
    channel.transactions_confirmed(block.header, indexed(block), block.height, radio, fees, log);
    channel.best_block_updated(block.header, block.height, radio, fees, log);
  }
}
