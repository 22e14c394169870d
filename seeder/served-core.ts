import type Hypercore from 'hypercore';
import type { Replicator } from 'hypercore';
import type Protomux from 'protomux';

/** What is put on a peer's stream: a Hypercore, or a buyer's own copy of one. */
export interface StreamedCore {
  readonly key: Buffer;
  readonly discoveryKey: Buffer;
  readonly contiguousLength: number;
  readonly core: { readonly replicator: Replicator };
  replicate(mux: Protomux): Protomux;
}

/** A core of a feed, and what it is there: `data`, or of a Hyperdrive `files` and `blobs`. */
export interface ServedCore<Core extends StreamedCore = Hypercore> {
  readonly role: string;
  readonly core: Core;
}
