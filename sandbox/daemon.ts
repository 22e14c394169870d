import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Bulletin, type NodeAddress, postBulletin, removeBulletin } from './bulletin.ts';
import { loadLdk } from './ldk/wasm.ts';
import { listenAnywhere } from './listen-anywhere.ts';
import { Macaroons } from './lnd/macaroons.ts';
import { MACAROONS } from './lnd/permissions.ts';
import { loadServices } from './lnd/protos.ts';
import { LndServer } from './lnd/server.ts';
import { type TlsFiles, tlsFiles } from './lnd/tls.ts';
import { replaceFile } from './replace-file.ts';
import { Database } from './store/database.ts';
import { Meta } from './store/meta.ts';
import { RootKeys } from './store/root-keys.ts';
import { NODE_NAMES, type NodeName, World, type WorldOptions } from './world.ts';

export interface DaemonOptions extends WorldOptions {
  dir: string;
  /** The market's port; router and buyer take the next two. 0: any, the same at each start. */
  port: number;
}

/** The network behind LND's gRPC, with its files in one directory. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #db: Database;
  readonly #meta: Meta;
  readonly #services = loadServices();
  readonly #servers: LndServer[] = [];
  #world: World | undefined;

  /** Takes the directory. Throws when another daemon has it. */
  constructor(options: DaemonOptions) {
    mkdirSync(options.dir, { recursive: true });
    this.#options = options;
    this.#db = openDatabase(options.dir);
    this.#meta = new Meta(this.#db);
    removeBulletin(options.dir);
  }

  /** Starts everything and posts the bulletin. */
  async start(): Promise<Bulletin> {
    await loadLdk();
    const world = new World(this.#db, this.#options);
    this.#world = world;
    const [tls] = await Promise.all([tlsFiles(this.#options.dir), world.start()]);
    const nodes = {} as Record<NodeName, NodeAddress>;
    for (const name of NODE_NAMES) nodes[name] = await this.#serve(name, world, tls);
    const bulletin = { pid: process.pid, nodes };
    postBulletin(this.#options.dir, bulletin);
    return bulletin;
  }

  /** Ends calls, commits, closes. Whatever was told is committed anyway: this is politeness. */
  async stop(): Promise<void> {
    removeBulletin(this.#options.dir);
    await Promise.all(this.#servers.map((server) => server.close()));
    this.#world?.stop();
    this.#db.close();
  }

  async #serve(name: NodeName, world: World, tls: TlsFiles): Promise<NodeAddress> {
    const macaroons = new Macaroons(new RootKeys(this.#meta, name));
    const stage = { db: this.#db, kick: world.driver.kick, macaroons };
    const server = new LndServer(stage, this.#services, world.wallets[name], world.chain, tls);
    this.#servers.push(server);
    const port = await this.#listen(name, server);
    const folder = join(this.#options.dir, name);
    writeMacaroons(folder, macaroons);
    return {
      // By name: Node warns about TLS connections to a bare address.
      socket: `localhost:${port}`,
      cert: tls.certPath,
      macaroon: join(folder, 'admin.macaroon'),
      pubkey: world.wallets[name].node.pubkey,
    };
  }

  async #listen(name: NodeName, server: LndServer): Promise<number> {
    const { port } = this.#options;
    if (port !== 0) return server.listen(port + NODE_NAMES.indexOf(name));
    const key = `port/${name}`;
    const bound = await listenAnywhere(server, Number(this.#meta.get(key) ?? 0));
    this.#meta.put(key, String(bound));
    return bound;
  }
}

function writeMacaroons(folder: string, macaroons: Macaroons): void {
  mkdirSync(folder, { recursive: true });
  for (const [kind, permissions] of Object.entries(MACAROONS)) {
    replaceFile(join(folder, `${kind}.macaroon`), macaroons.bake(permissions));
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
