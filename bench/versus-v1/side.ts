/** Where a seller is reached, and what it sells: enough for a buyer in another process. Keys are hex. */
export interface Address {
  /** A TCP port on loopback; 0 on a swarm, where the key is enough. */
  port: number;
  sellerKey: string;
  coreKey: string;
}

/** Sells one feed, which starts empty. */
export interface Seller extends AsyncDisposable {
  readonly address: Address;
  readonly length: number;
  append(blocks: Buffer[]): Promise<void>;
  grant(buyerKey: Buffer): void;
  /** Ends the grant; resolves when the seller has acted on it. */
  end(buyerKey: Buffer): Promise<void>;
}

/** Downloads all that it may of one feed, as it comes. */
export interface Buyer extends AsyncDisposable {
  readonly key: Buffer;
  /** Called for each verified block, once it is stored. */
  onblock: (index: number) => void;
  connect(): Promise<void>;
}

/** One of the systems that are compared, on one transport. Everything of it is on disk, in directories that go with it. */
export interface Side extends AsyncDisposable {
  openSeller(): Promise<Seller>;
  /** `oneOfMany`: of hundreds in this process, each with a store that takes little room. */
  openBuyer(address: Address, options?: { oneOfMany: boolean }): Promise<Buyer>;
}
