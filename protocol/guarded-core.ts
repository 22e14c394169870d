import type Protomux from 'protomux';
import { onPeerMade } from './made-peers.ts';

/** How far beyond our own copy a peer is heard about what he has; he says the rest when he is asked for it. */
const MAX_AHEAD = 2 ** 20;
/** How many other histories of a core a peer may speak of at once: each is looked for. */
const MAX_FORKS = 16;
/** How many requests of a peer may be open; Hypercore itself has 512 at most. */
const MAX_OPEN_REQUESTS = 4_096;
/** For how many of them blocks are read at once. */
const MAX_READ_AT_ONCE = 64;

/** Hypercore's private parts that stand in between, as of the pinned version. */
interface Peer {
  readonly core: { readonly state: { readonly length: number; readonly fork: number } };
  readonly protomux: Protomux;
  readonly remoteRequests: Map<number, Request>;
  readonly receiverQueue: { push(request: Request): void };
  onsync(sync: { fork: number }): Promise<void>;
  onrange(range: { drop: boolean; start: number; length: number }): Promise<void>;
  onbitfield(claimed: { start: number; bitfield: Uint32Array }): void;
  onrequest(request: Request): Promise<void>;
  _handleRequest(request: Request): Promise<void>;
}

interface Request {
  readonly id: number;
}

const guarded = new WeakSet<object>();

/**
 * Bounds what a peer can make a core's replication keep. As it comes, a message of a dozen bytes that says "I have the
 * blocks up to 2^40" takes all memory and stops the process for minutes, and a frame of small requests has thousands of
 * blocks read into memory before the first of them is sent.
 */
export function guardCore({ core: { replicator } }: { core: { replicator: object } }): void {
  if (guarded.has(replicator)) return;
  guarded.add(replicator);
  onPeerMade(replicator, (peer) => {
    boundForks(peer as Peer);
    boundClaims(peer as Peer);
    boundRequests(peer as Peer);
    boundReading(peer as Peer);
  });
}

function boundForks(peer: Peer): void {
  const { onsync } = peer;
  const forks = new Set<number>();
  peer.onsync = async (sync) => {
    const { fork } = peer.core.state;
    for (const each of forks) if (each <= fork) forks.delete(each);
    if (sync.fork > fork) forks.add(sync.fork);
    if (forks.size <= MAX_FORKS) return onsync.call(peer, sync);
    peer.protomux.destroy(new Error('the peer speaks of too many histories'));
  };
}

function boundClaims(peer: Peer): void {
  const { onrange, onbitfield } = peer;
  const end = () => peer.core.state.length + MAX_AHEAD;
  peer.onrange = async (range) => {
    const { start, drop } = range;
    // What goes from the first block on is kept as one number.
    const isSmall = start === 0 && !drop;
    const length = isSmall ? range.length : Math.min(range.length, end() - start);
    if (length > 0) await onrange.call(peer, { ...range, length });
  };
  peer.onbitfield = (claimed) => {
    const { start, bitfield } = claimed;
    if (start + bitfield.byteLength * 8 <= end()) onbitfield.call(peer, claimed);
  };
}

function boundRequests(peer: Peer): void {
  const { onrequest } = peer;
  peer.onrequest = async (request) => {
    if (peer.remoteRequests.size < MAX_OPEN_REQUESTS) return onrequest.call(peer, request);
    peer.protomux.destroy(new Error('the peer asks for too much at once'));
  };
}

function boundReading(peer: Peer): void {
  const handle = peer._handleRequest;
  const waiting: (() => void)[] = [];
  let reading = 0;
  peer._handleRequest = async (request) => {
    // Whoever is done hands his place over.
    if (reading >= MAX_READ_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else reading += 1;
    try {
      if (peer.remoteRequests.get(request.id) !== request) return;
      if (peer.protomux.drained) await handle.call(peer, request);
      else peer.receiverQueue.push(request);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else reading -= 1;
    }
  };
}
