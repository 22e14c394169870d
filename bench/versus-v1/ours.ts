import { randomUUID } from 'node:crypto';
import Corestore from 'corestore';
import Hypercore from 'hypercore';
import DHT, { type Connection, type KeyPair, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { Gate } from '../../seeder/gate.ts';
import { temporaryDirectory, WHOLE } from '../../test/seeder/loopback.ts';
import type { Address, Buyer, Seller, Side } from './side.ts';
import * as tcp from './tcp.ts';

const MAX_PEERS = 4_096;
// Its default; a store takes a little more on disk from the start, which a thousand of them have no room for.
const WRITE_BUFFER_BYTES = 64 * 1_024 ** 2;
const SMALL_WRITE_BUFFER_BYTES = 64 * 1_024;

/** How peers reach each other; what they say is encrypted on both alike. */
interface Transport extends AsyncDisposable {
  listen(
    keyPair: KeyPair,
    onconnection: (connection: Connection) => void,
  ): Promise<AsyncDisposable & { port: number }>;
  dial(address: Address, keyPair: KeyPair): Promise<Connection>;
}

/** Dazaar Market's gate on Hyperswarm, with a DHT on loopback. */
export function openOurs(bootstrap: NodeAddress[]): Side {
  return gated(overSwarm(bootstrap));
}

/** Dazaar Market's gate on TCP sockets of loopback, as Dazaar 1.6.1 is measured. */
export function openOursOverTcp(): Side {
  return gated(overTcp());
}

/** Hypercore 11 on Hyperswarm, with no gate. */
export function openHypercore11(bootstrap: NodeAddress[]): Side {
  return plain(overSwarm(bootstrap));
}

/** Hypercore 11 on TCP sockets of loopback, with no gate. */
export function openHypercore11OverTcp(): Side {
  return plain(overTcp());
}

function gated(transport: Transport): Side {
  const feedId = randomUUID();
  return sideOf(transport, (core) => {
    const gate = new Gate(Date.now);
    gate.setCores(feedId, [{ role: 'data', core }]);
    return {
      onconnection: (connection) => gate.onconnection(connection),
      grant: (buyerKey) =>
        gate.grant({ buyerKey, feedId, expiresAtMs: Date.now() + 3_600_000, ...WHOLE }),
      end: async (buyerKey) => gate.revoke(buyerKey, feedId, 'revoked'),
      close: () => gate.close(),
    };
  });
}

function plain(transport: Transport): Side {
  return sideOf(transport, (core) => ({
    onconnection: (connection) => void core.replicate(connection),
    grant() {},
    async end() {},
    close() {},
  }));
}

interface Door extends Pick<Seller, 'grant' | 'end'> {
  onconnection(connection: Connection): void;
  close(): void;
}

function sideOf(transport: Transport, openDoor: (core: Hypercore) => Door): Side {
  return {
    openSeller: () => openSeller(transport, openDoor),
    openBuyer: (address, options) => openBuyer(transport, address, options?.oneOfMany),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

async function openSeller(
  transport: Transport,
  openDoor: (core: Hypercore) => Door,
): Promise<Seller> {
  await using stack = new AsyncDisposableStack();
  const store = await openStore(stack);
  const core = store.get({ name: 'feed' });
  await core.ready();
  const door = openDoor(core);
  stack.defer(() => door.close());
  const keyPair = DHT.keyPair();
  const { port } = stack.use(
    await transport.listen(keyPair, (connection) => {
      connection.on('error', () => {});
      door.onconnection(connection);
    }),
  );
  const owned = stack.move();
  return {
    address: { port, sellerKey: hex(keyPair.publicKey), coreKey: hex(core.key) },
    get length() {
      return core.length;
    },
    append: async (blocks) => void (await core.append(blocks)),
    grant: door.grant,
    end: door.end,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openBuyer(
  transport: Transport,
  address: Address,
  oneOfMany = false,
): Promise<Buyer> {
  await using stack = new AsyncDisposableStack();
  const store = await openStore(stack, oneOfMany ? SMALL_WRITE_BUFFER_BYTES : WRITE_BUFFER_BYTES);
  const core = store.get({ key: Buffer.from(address.coreKey, 'hex') });
  await core.ready();
  core.on('download', (index) => self.onblock(index));
  core.download({ start: 0, end: -1 });
  const keyPair = DHT.keyPair();
  const owned = stack.move();
  const self: Buyer = {
    key: keyPair.publicKey,
    onblock() {},
    async connect() {
      const connection = await transport.dial(address, keyPair);
      owned.defer(() => connection.destroy());
      core.replicate(connection);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return self;
}

async function openStore(
  stack: AsyncDisposableStack,
  writeBufferSize = WRITE_BUFFER_BYTES,
): Promise<Corestore> {
  const { path } = stack.use(await temporaryDirectory());
  const store = new Corestore(Hypercore.defaultStorage(path, { writeBufferSize }));
  await store.ready();
  stack.defer(() => store.close());
  return store;
}

function overSwarm(bootstrap: NodeAddress[]): Transport {
  const dht = new DHT({ bootstrap, host: '127.0.0.1' });
  return {
    async listen(keyPair, onconnection) {
      // As with a public address: two nodes cannot punch many holes between them at the same time.
      const dht = new DHT({ bootstrap, host: '127.0.0.1', firewalled: false });
      const swarm = new Hyperswarm({ dht, keyPair, maxPeers: MAX_PEERS });
      swarm.on('connection', onconnection);
      await swarm.listen();
      return { port: 0, [Symbol.asyncDispose]: () => swarm.destroy() };
    },
    async dial({ sellerKey }, keyPair) {
      const connection = dht.connect(Buffer.from(sellerKey, 'hex'), { keyPair });
      connection.on('error', () => {});
      if (await connection.opened) return connection;
      throw new Error('the seller could not be reached');
    },
    [Symbol.asyncDispose]: () => dht.destroy(),
  };
}

function overTcp(): Transport {
  return {
    listen: (keyPair, onconnection) =>
      tcp.listen((socket) => {
        const connection = encrypt(socket, false, keyPair);
        connection.once('open', () => onconnection(connection));
      }),
    async dial({ port }, keyPair) {
      const connection = encrypt(await tcp.dial(port), true, keyPair);
      await connection.opened;
      return connection;
    },
    async [Symbol.asyncDispose]() {},
  };
}

function encrypt(
  socket: Awaited<ReturnType<typeof tcp.dial>>,
  isInitiator: boolean,
  keyPair: KeyPair,
): Connection {
  const stream = Hypercore.createProtocolStream(isInitiator, { keyPair });
  stream.on('error', () => {});
  stream.noiseStream.on('error', () => {});
  stream.noiseStream.on('close', () => socket.destroy());
  socket.on('close', () => stream.noiseStream.destroy());
  socket.pipe(stream).pipe(socket);
  return stream.noiseStream;
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
