import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ln } from '../support/ln.ts';
import { until } from '../support/until.ts';
import { type Miner, startMiner } from './miner.ts';
import { type LndNode, startLnd } from './node.ts';

const COIN = 100_000_000;
// As in the sandbox: ten coins a channel, half of them on either side.
const CAPACITY_SATS = 10 * COIN;
const FUNDS_SATS = BigInt(CAPACITY_SATS + COIN);
// A channel is announced after six blocks.
const ANNOUNCE_BLOCKS = 6;
const OPEN_MS = 120_000;

export type NodeName = 'market' | 'router' | 'buyer';

/**
 * Three real LNDs in a line, as in the sandbox. Buyer and router have announced their channel; the market's own channel
 * is private, so that its invoices carry a hint.
 */
export interface LndNetwork extends AsyncDisposable {
  chain: Miner;
  nodes: Record<NodeName, LndNode>;
  /** Mines, and waits until every node that runs has seen it. Resolves with the height. */
  mine(blocks: number): Promise<number>;
  /** Kills a node as a power cut would, starts it again, and waits until its channels carry payments. */
  restart(name: NodeName): Promise<void>;
  /** Resolves when every channel of these nodes carries payments. */
  untilActive(...names: NodeName[]): Promise<void>;
  /** Copies what all nodes keep, as a power cut of all of them would leave it. */
  backUp(): Promise<void>;
  /** Puts the last copy of all nodes back: of all, so that none finds itself cheated and closes its channels. */
  restore(): Promise<void>;
}

export async function startLndNetwork(dir: string): Promise<LndNetwork> {
  await using stack = new AsyncDisposableStack();
  const chain = stack.use(await startMiner(join(dir, 'btcd')));
  const start = async (name: NodeName) => stack.use(await startLnd(name, join(dir, name), chain));
  const [market, router, buyer] = await Promise.all([
    start('market'),
    start('router'),
    start('buyer'),
  ]);
  const nodes = { market, router, buyer };
  const all = Object.values(nodes);

  async function untilSeen(): Promise<number> {
    const height = await chain.call<number>('getblockcount');
    const hasSeen = async ({ lnd }: LndNode) => {
      const wallet = await ln.getWalletInfo({ lnd });
      return wallet.current_block_height >= height && wallet.is_synced_to_chain;
    };
    await until(async () => (await Promise.all(all.map(hasSeen))).every(Boolean), OPEN_MS);
    return height;
  }
  async function mine(blocks: number): Promise<number> {
    await chain.mine(blocks);
    return untilSeen();
  }
  const untilActive = async (...names: NodeName[]) => {
    const areActive = async (name: NodeName) => {
      const { channels } = await ln.getChannels({ lnd: nodes[name].lnd });
      return channels.length > 0 && channels.every(({ is_active }) => is_active);
    };
    await until(async () => (await Promise.all(names.map(areActive))).every(Boolean), OPEN_MS);
  };

  const payers = [buyer, router];
  const addresses = await Promise.all(
    payers.map(({ lnd }) => ln.createChainAddress({ lnd, format: 'p2wpkh' })),
  );
  await chain.fund(addresses.map(({ address }) => ({ address, sats: FUNDS_SATS })));
  await untilSeen();
  await Promise.all([openChannel(buyer, router, false), openChannel(router, market, true)]);
  await mine(ANNOUNCE_BLOCKS);
  await untilActive('market', 'router', 'buyer');
  await untilAnnounced(nodes);

  const copy = join(dir, 'copy');

  // Held still rather than killed: to start again takes each of them seconds, for stretching its wallet's password.
  async function backUp(): Promise<void> {
    for (const node of all) node.freeze();
    try {
      await Promise.all(
        all.map(({ name, dir }) => cp(dir, join(copy, name), { recursive: true, force: true })),
      );
    } finally {
      for (const node of all) node.thaw();
    }
  }
  async function restore(): Promise<void> {
    await Promise.all(all.map((node) => node.kill()));
    for (const { name, dir } of all) {
      await rm(dir, { recursive: true });
      await cp(join(copy, name), dir, { recursive: true });
    }
    await Promise.all(all.map((node) => node.start()));
    await untilActive('market', 'router', 'buyer');
  }

  const owned = stack.move();
  return {
    chain,
    nodes,
    mine,
    untilActive,
    async restart(name) {
      await nodes[name].kill();
      await nodes[name].start();
      await untilActive(name);
    },
    backUp,
    restore,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openChannel(from: LndNode, to: LndNode, isPrivate: boolean): Promise<void> {
  await ln.addPeer({ lnd: from.lnd, public_key: to.pubkey, socket: to.peerSocket });
  await ln.openChannel({
    lnd: from.lnd,
    partner_public_key: to.pubkey,
    local_tokens: CAPACITY_SATS,
    give_tokens: CAPACITY_SATS / 2,
    is_private: isPrivate,
    min_confirmations: 1,
  });
}

/** LND puts a hint into an invoice only where the whole network knows the peer; payers must know it too. */
async function untilAnnounced({ market, router, buyer }: Record<NodeName, LndNode>): Promise<void> {
  const knowsRouter = async ({ lnd }: LndNode) => {
    const { channels } = await ln.getNetworkGraph({ lnd });
    return channels.some(
      ({ policies }) =>
        policies.every(({ fee_rate }) => fee_rate !== undefined) &&
        policies.some(({ public_key }) => public_key === router.pubkey),
    );
  };
  const graphs = [market, router, buyer];
  await until(async () => (await Promise.all(graphs.map(knowsRouter))).every(Boolean), OPEN_MS);
}
