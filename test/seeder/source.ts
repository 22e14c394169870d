import { createHash, randomBytes, randomUUID } from 'node:crypto';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import DHT, { type Connection, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import Protomux from 'protomux';
import type { FeedKind, Prisma, PrismaClient } from '../../prisma/client/client.ts';
import { temporaryDirectory } from './loopback.ts';

/** A seller's own machine: a store, and a swarm that can be left and joined again under the same key. */
export interface Source extends AsyncDisposable {
  readonly key: Buffer;
  readonly store: Corestore;
  readonly connections: ReadonlySet<Connection>;
  online(): Promise<void>;
  offline(): Promise<void>;
}

/**
 * @param seed makes its Noise key; another machine with the same seed is taken for this one.
 * @param replicate what it does with a stream besides offering its store.
 */
export async function openSource(
  bootstrap: NodeAddress[],
  seed: Uint8Array = randomBytes(32),
  replicate: (mux: Protomux) => void = () => {},
): Promise<Source> {
  const directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  await store.ready();
  const keyPair = DHT.keyPair(seed);
  let swarm: Hyperswarm | null = null;
  const connections = new Set<Connection>();
  const source: Source = {
    key: keyPair.publicKey,
    store,
    connections,
    async online() {
      swarm = new Hyperswarm({ dht: new DHT({ bootstrap, host: '127.0.0.1' }), keyPair });
      swarm.on('connection', (connection) => {
        connections.add(connection);
        connection.on('error', () => {});
        connection.on('close', () => connections.delete(connection));
        store.replicate(connection);
        replicate(Protomux.from(connection));
      });
      await swarm.listen();
    },
    async offline() {
      await swarm?.destroy();
      swarm = null;
    },
    async [Symbol.asyncDispose]() {
      await source.offline();
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
  await source.online();
  return source;
}

/** Writes the rows of a mirrored feed whose cores are proved to be the seller's, as the server does. */
export async function addMirroredFeed(
  prisma: PrismaClient,
  peerKey: Uint8Array,
  cores: Record<string, Hypercore>,
  kind: FeedKind = 'hypercore',
  more: Partial<Prisma.FeedUncheckedCreateInput> = {},
): Promise<string> {
  const seller = await prisma.seller.create({ data: { name: 'a seller' } });
  const listing = await prisma.listing.create({
    data: {
      sellerId: seller.id,
      slug: randomUUID(),
      title: 'a feed',
      description: '',
      licence: 'CC0-1.0',
      state: 'live',
      publishedAt: new Date(),
    },
  });
  const rows = Object.entries(cores).map(([role, core]) => ({
    role,
    key: Uint8Array.from(core.key),
    discoveryKey: Uint8Array.from(core.discoveryKey),
    proof: Uint8Array.from(createHash('sha512').update(core.key).digest()),
  }));
  const feed = await prisma.feed.create({
    data: {
      listingId: listing.id,
      kind,
      origin: 'mirrored',
      blockSchema: {},
      ...more,
      peerKey: Uint8Array.from(peerKey),
      challenge: Uint8Array.from(randomBytes(32)),
      claimedCores: rows.map(({ role, key }) => ({ role, key: Buffer.from(key).toString('hex') })),
      provedAt: new Date(),
      cores: { create: rows },
    },
  });
  return feed.id;
}
