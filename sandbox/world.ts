import { BestBlock, Network } from 'lightningdevkit';
import { Chain } from './chain/chain.ts';
import { Miner } from './chain/miner.ts';
import { Driver } from './ldk/driver.ts';
import { Liquidity } from './ldk/liquidity.ts';
import { LdkNode } from './ldk/node.ts';
import type { Database } from './store/database.ts';
import { KeyValues } from './store/kv.ts';
import { Invoices } from './wallet/invoices.ts';
import { Payments } from './wallet/payments.ts';
import { Slots } from './wallet/slots.ts';
import type { Wallet } from './wallet/wallet.ts';

/** In the order of their ports. Payments between market and buyer go over the router. */
export const NODE_NAMES = ['market', 'router', 'buyer'] as const;
export type NodeName = (typeof NODE_NAMES)[number];

const REFILL_MS = 2_000;
const EXPIRY_MS = 250;
const READY_CHECK_MS = 20;
const READY_TIMEOUT_MS = 60_000;

export interface WorldOptions {
  /** Of each channel: half of the first one on either side. */
  capacitySats: bigint;
  logLevel?: number | undefined;
}

/** The private network: a chain, three nodes in a line, their wallets. LDK must be loaded. */
export class World {
  readonly chain: Chain;
  readonly driver: Driver;
  readonly wallets: Record<NodeName, Wallet>;
  readonly #db: Database;
  readonly #miner: Miner;
  readonly #liquidity: Liquidity;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(db: Database, { capacitySats, logLevel }: WorldOptions) {
    this.#db = db;
    const genesis = BestBlock.constructor_from_network(Network.LDKNetwork_Regtest);
    this.chain = new Chain(db, genesis.get_block_hash());
    if (this.chain.height === 0) this.chain.mine();
    this.driver = new Driver(db);
    this.#miner = new Miner(this.chain);
    this.wallets = this.#makeWallets(logLevel);
    const { market, router, buyer } = this.wallets;
    this.#liquidity = new Liquidity(capacitySats, [
      [buyer.node, router.node],
      [router.node, market.node],
    ]);
  }

  /** Runs the network; resolves when every channel carries payments both ways. */
  async start(): Promise<void> {
    const { market, router, buyer } = this.wallets;
    this.driver.connect(buyer.node, router.node);
    this.driver.connect(router.node, market.node);
    this.driver.start();
    this.#miner.start(this.driver.kick);
    await this.#untilReady();
    this.#every(REFILL_MS, () => this.#liquidity.refill());
    this.#every(EXPIRY_MS, () => {
      for (const { invoices } of Object.values(this.wallets)) invoices.expire();
    });
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#miner.stop();
    this.driver.stop();
  }

  #makeWallets(logLevel: number | undefined): Record<NodeName, Wallet> {
    const wallets = {} as Record<NodeName, Wallet>;
    const heldCount = () =>
      Object.values(wallets).reduce((sum, { invoices }) => sum + invoices.heldCount, 0);
    const slots = new Slots(heldCount);
    for (const name of NODE_NAMES) wallets[name] = this.#makeWallet(name, slots, logLevel);
    return wallets;
  }

  #makeWallet(name: NodeName, slots: Slots, logLevel: number | undefined): Wallet {
    const { kick } = this.driver;
    const kv = new KeyValues(this.#db, name);
    const node = new LdkNode({ name, chain: this.chain, kv, kick, logLevel });
    const invoices = new Invoices(this.#db, node);
    const payments = new Payments(this.#db, node, slots);
    this.driver.add(node);
    this.driver.onPump(() => payments.startQueued());
    // Whatever was resolved or held has freed a slot.
    payments.bell.onAny(kick);
    invoices.bell.onAny(kick);
    this.chain.onBlock((block) => {
      node.connectBlock(block);
      invoices.connectBlock(block.height);
    });
    return { node, invoices, payments };
  }

  async #untilReady(): Promise<void> {
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    while (!this.#liquidity.isReady) {
      if (Date.now() > deadlineMs) throw new Error('the channels did not open in time');
      this.#liquidity.refill();
      this.driver.kick();
      await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
    }
  }

  #every(ms: number, act: () => void): void {
    const tick = () => {
      act();
      this.driver.kick();
    };
    this.#timers.push(setInterval(tick, ms));
  }
}
