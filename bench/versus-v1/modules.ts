/** Dazaar 1.6.1 and the modules beneath it, from a folder of their own: as much of their types as is used here. */
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';

type Callback = (error?: Error | null) => void;

export interface Feed {
  readonly key: Buffer;
  readonly length: number;
  ready(done: Callback): void;
  append(blocks: Buffer[], done: Callback): void;
  replicate(isInitiator: boolean, options: { live: boolean }): Duplex;
  on(event: 'download', listener: (index: number) => void): this;
  close(done: Callback): void;
}

export interface Seller {
  readonly key: Buffer;
  ready(done: Callback): void;
  replicate(): Duplex;
  on(event: 'buyer-invalid', listener: (buyerKey: Buffer) => void): this;
  off(event: 'buyer-invalid', listener: (buyerKey: Buffer) => void): this;
}

export interface Buyer {
  readonly key: Buffer;
  readonly feed: Feed | null;
  ready(done: Callback): void;
  replicate(): Duplex;
  on(event: 'feed', listener: (feed: Feed) => void): this;
  on(event: 'invalid' | 'error', listener: (error: Error) => void): this;
}

export interface Market {
  sell(
    feed: Feed,
    options: { validate(buyerKey: Buffer, done: Callback): void; validateInterval: number },
  ): Seller;
  buy(sellerKey: Buffer): Buyer;
  destroy(done: Callback): void;
}

interface Modules {
  market(storageDir: string): Market;
  hypercore(storageDir: string, key?: Buffer): Feed;
  pump(...streams: [...Duplex[], Callback]): void;
}

/** To be called when they are installed. */
export function loadModules(): Modules {
  const load = createRequire(new URL('../dazaar-v1/package.json', import.meta.url));
  return { market: load('dazaar'), hypercore: load('hypercore'), pump: load('pump') };
}
