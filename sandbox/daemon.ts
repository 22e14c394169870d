import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BestBlock, Network } from 'lightningdevkit';
import { type Bulletin, type NodeAddress, postBulletin, removeBulletin } from './bulletin.ts';
import { bytesOf, hexOf } from './bytes.ts';
import { Chain } from './chain/chain.ts';
import { Miner } from './chain/miner.ts';
import { Driver } from './ldk/driver.ts';
import { Liquidity } from './ldk/liquidity.ts';
import { LdkNode } from './ldk/node.ts';
import { loadLdk } from './ldk/wasm.ts';
import { Macaroons } from './lnd/macaroons.ts';
import { MACAROONS } from './lnd/permissions.ts';
import { LndServer } from './lnd/server.ts';
import { type TlsFiles, tlsFiles } from './lnd/tls.ts';
import { replaceFile } from './replace-file.ts';
import { Database } from './store/database.ts';
import { KeyValues } from './store/kv.ts';
import { Meta } from './store/meta.ts';
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

export interface DaemonOptions {
  dir: string;
  /** The market's port; router and buyer take the next two. 0: any, the same at each start. */
  port: number;
  capacitySats: bigint;
  logLevel?: number | undefined;
}

/** Three Lightning nodes on a private chain, behind LND's gRPC. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #db: Database;
  readonly #meta: Meta;
  readonly #chain: Chain;
  readonly #driver: Driver;
  readonly #miner: Miner;
  readonly #wallets: Record<NodeName, Wallet>;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #servers: LndServer[] = [];

  /** Starts everything and posts the bulletin. Rejects when another daemon has the directory. */
  static async start(options: DaemonOptions): Promise<{ daemon: Daemon; bulletin: Bulletin }> {
    mkdirSync(options.dir, { recursive: true });
    const db = openDatabase(options.dir);
    removeBulletin(options.dir);
    await loadLdk();
    const daemon = new Daemon(options, db);
    const bulletin = await daemon.#open();
    return { daemon, bulletin };
  }

  private constructor(options: DaemonOptions, db: Database) {
    this.#options = options;
    this.#db = db;
    this.#meta = new Meta(db);
    const genesis = BestBlock.constructor_from_network(Network.LDKNetwork_Regtest);
    this.#chain = new Chain(db, genesis.get_block_hash());
    if (this.#chain.height === 0) this.#chain.mine();
    this.#driver = new Driver(db);
    this.#miner = new Miner(this.#chain);
    this.#wallets = this.#makeWallets();
  }

  async #open(): Promise<Bulletin> {
    const { market, router, buyer } = this.#wallets;
    this.#driver.connect(buyer.node, router.node);
    this.#driver.connect(router.node, market.node);
    this.#driver.start();
    this.#miner.start(this.#driver.kick);
    const liquidity = new Liquidity(this.#options.capacitySats, [
      [buyer.node, router.node],
      [router.node, market.node],
    ]);
    await this.#untilReady(liquidity);
    this.#every(REFILL_MS, () => liquidity.refill());
    this.#every(EXPIRY_MS, () => this.#sweep());
    const tls = await tlsFiles(this.#options.dir);
    const nodes = {} as Record<NodeName, NodeAddress>;
    for (const name of NODE_NAMES) nodes[name] = await this.#serve(name, tls);
    const bulletin = { pid: process.pid, nodes };
    postBulletin(this.#options.dir, bulletin);
    return bulletin;
  }

  /** Ends calls, commits, closes. Everything is committed at any time: this is only politeness. */
  async stop(): Promise<void> {
    removeBulletin(this.#options.dir);
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#servers.map((server) => server.close()));
    this.#miner.stop();
    this.#driver.stop();
    this.#db.close();
  }

  #makeWallets(): Record<NodeName, Wallet> {
    const wallets = {} as Record<NodeName, Wallet>;
    const heldCount = () =>
      Object.values(wallets).reduce((sum, wallet) => sum + wallet.invoices.heldCount, 0);
    const slots = new Slots(heldCount);
    for (const name of NODE_NAMES) {
      const node = new LdkNode({
        name,
        chain: this.#chain,
        kv: new KeyValues(this.#db, name),
        kick: this.#driver.kick,
        logLevel: this.#options.logLevel,
      });
      this.#driver.add(node);
      const invoices = new Invoices(this.#db, node);
      wallets[name] = { node, invoices, payments: new Payments(this.#db, node, slots) };
      this.#chain.onBlock((block) => {
        node.connectBlock(block);
        invoices.connectBlock(block.height);
      });
    }
    const startQueued = () => {
      for (const { payments } of Object.values(wallets)) payments.startQueued();
      this.#driver.kick();
    };
    for (const { payments, invoices } of Object.values(wallets)) {
      payments.bell.onAny(startQueued);
      invoices.bell.onAny(startQueued);
    }
    this.#every(REFILL_MS, startQueued);
    return wallets;
  }

  async #untilReady(liquidity: Liquidity): Promise<void> {
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    while (!liquidity.isReady) {
      if (Date.now() > deadlineMs) throw new Error('the channels did not open in time');
      liquidity.refill();
      this.#driver.kick();
      await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
    }
  }

  async #serve(name: NodeName, tls: TlsFiles): Promise<NodeAddress> {
    const macaroons = new Macaroons(this.#rootKey(name));
    const stage = { db: this.#db, kick: this.#driver.kick, macaroons };
    const server = new LndServer(stage, this.#wallets[name], this.#chain, tls);
    this.#servers.push(server);
    const port = await this.#listen(name, server);
    const folder = join(this.#options.dir, name);
    this.#writeMacaroons(name, folder, macaroons);
    return {
      socket: `127.0.0.1:${port}`,
      cert: tls.certPath,
      macaroon: join(folder, 'admin.macaroon'),
      pubkey: this.#wallets[name].node.pubkey,
    };
  }

  async #listen(name: NodeName, server: LndServer): Promise<number> {
    const { port } = this.#options;
    if (port !== 0) return server.listen(port + NODE_NAMES.indexOf(name));
    const remembered = Number(this.#meta.get(`port/${name}`) ?? 0);
    const bound = await server.listen(remembered).catch(() => server.listen(0));
    this.#meta.put(`port/${name}`, String(bound));
    return bound;
  }

  #writeMacaroons(name: NodeName, folder: string, macaroons: Macaroons): void {
    mkdirSync(folder, { recursive: true });
    for (const [kind, permissions] of Object.entries(MACAROONS)) {
      const key = `macaroon/${name}/${kind}`;
      const baked = this.#meta.get(key) ?? hexOf(macaroons.bake(permissions));
      this.#meta.put(key, baked);
      replaceFile(join(folder, `${kind}.macaroon`), bytesOf(baked));
    }
  }

  #rootKey(name: NodeName): Uint8Array {
    const key = `root-key/${name}`;
    const rootKey = this.#meta.get(key) ?? randomBytes(32).toString('hex');
    this.#meta.put(key, rootKey);
    return bytesOf(rootKey);
  }

  #sweep(): void {
    for (const { invoices } of Object.values(this.#wallets)) invoices.expire();
  }

  #every(ms: number, act: () => void): void {
    const tick = () => {
      act();
      this.#driver.kick();
    };
    this.#timers.push(setInterval(tick, ms));
  }
}

function openDatabase(dir: string): Database {
  try {
    return new Database(join(dir, 'sandbox.sqlite'));
  } catch (error) {
    if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error;
    throw new Error(`another sandbox runs in ${dir}`);
  }
}
