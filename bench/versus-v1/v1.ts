import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../test/seeder/loopback.ts';
import { type Feed, loadModules } from './modules.ts';
import type { Address, Buyer, Seller, Side } from './side.ts';
import { dial, listen } from './tcp.ts';

// Its default.
const VALIDATE_INTERVAL_MS = 1_000;

/**
 * Dazaar 1.6.1 as its README uses it, on TCP sockets of loopback: Hyperswarm 2 binds to every interface and cannot be
 * told otherwise, and where both ends are on one machine TCP is what it connects them by.
 */
export function openV1(): Side {
  return {
    openSeller,
    openBuyer,
    async [Symbol.asyncDispose]() {},
  };
}

/** The Hypercore 9 that is beneath Dazaar 1.6.1, with no market on it. */
export function openHypercore9(): Side {
  return {
    openSeller: openPlainSeller,
    openBuyer: openPlainBuyer,
    async [Symbol.asyncDispose]() {},
  };
}

async function openSeller(): Promise<Seller> {
  const { market: openMarket, hypercore } = loadModules();
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const feed = hypercore(`${path}/feed`);
  const market = openMarket(`${path}/market`);
  stack.defer(() => close(market.destroy.bind(market)));
  const granted = new Set<string>();
  const seller = market.sell(feed, {
    validateInterval: VALIDATE_INTERVAL_MS,
    validate: (buyerKey, done) =>
      done(granted.has(buyerKey.toString('hex')) ? null : new Error('no grant')),
  });
  await promisify(seller.ready.bind(seller))();
  stack.defer(() => close(feed.close.bind(feed)));
  const { port } = stack.use(await listen((socket) => join(socket, seller.replicate())));
  const owned = stack.move();
  return {
    address: { port, sellerKey: hex(seller.key), coreKey: hex(feed.key) },
    get length() {
      return feed.length;
    },
    append: (blocks) => append(feed, blocks),
    grant: (buyerKey) => void granted.add(hex(buyerKey)),
    async end(buyerKey) {
      granted.delete(hex(buyerKey));
      await new Promise<void>((resolve) => {
        const onInvalid = (key: Buffer) => {
          if (!key.equals(buyerKey)) return;
          seller.off('buyer-invalid', onInvalid);
          resolve();
        };
        seller.on('buyer-invalid', onInvalid);
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openBuyer({ port, sellerKey }: Address): Promise<Buyer> {
  const { market: openMarket } = loadModules();
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const market = openMarket(path);
  stack.defer(() => close(market.destroy.bind(market)));
  const buyer = market.buy(Buffer.from(sellerKey, 'hex'));
  await promisify(buyer.ready.bind(buyer))();
  stack.defer(async () => {
    const { feed } = buyer;
    if (feed) await close(feed.close.bind(feed));
  });
  buyer.on('feed', (feed) => feed.on('download', (index) => self.onblock(index)));
  buyer.on('invalid', noop);
  const owned = stack.move();
  const self: Buyer = {
    key: buyer.key,
    onblock: noop,
    async connect() {
      const socket = await dial(port);
      owned.defer(() => void socket.destroy());
      join(socket, buyer.replicate());
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return self;
}

async function openPlainSeller(): Promise<Seller> {
  await using stack = new AsyncDisposableStack();
  const feed = await openFeed(stack);
  const replicate = () => feed.replicate(false, { live: true });
  const { port } = stack.use(await listen((socket) => join(socket, replicate())));
  const owned = stack.move();
  return {
    address: { port, sellerKey: '', coreKey: hex(feed.key) },
    get length() {
      return feed.length;
    },
    append: (blocks) => append(feed, blocks),
    grant: noop,
    end: async () => {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openPlainBuyer({ port, coreKey }: Address): Promise<Buyer> {
  await using stack = new AsyncDisposableStack();
  const feed = await openFeed(stack, Buffer.from(coreKey, 'hex'));
  feed.on('download', (index) => self.onblock(index));
  const owned = stack.move();
  const self: Buyer = {
    key: feed.key,
    onblock: noop,
    async connect() {
      const socket = await dial(port);
      owned.defer(() => void socket.destroy());
      join(socket, feed.replicate(true, { live: true }));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return self;
}

async function openFeed(stack: AsyncDisposableStack, key?: Buffer): Promise<Feed> {
  const { path } = stack.use(await temporaryDirectory());
  const feed = loadModules().hypercore(path, key);
  await promisify(feed.ready.bind(feed))();
  stack.defer(() => close(feed.close.bind(feed)));
  return feed;
}

function append(feed: Feed, blocks: Buffer[]): Promise<void> {
  return new Promise((resolve, reject) =>
    feed.append(blocks, (error) => (error ? reject(error) : resolve())),
  );
}

// As its own swarm module does.
function join(socket: Duplex, stream: Duplex): void {
  loadModules().pump(socket, stream, socket, noop);
}

// A feed that failed to open, or is closed already, has nothing left to close.
function close(end: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve) => end(() => resolve()));
}

function noop(): void {}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
