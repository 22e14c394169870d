import type Protomux from 'protomux';

export const HYPERCORE_PROTOCOL = 'hypercore/alpha';

/** Hypercore's private parts that make a peer of a stream, as of the pinned version. */
interface Replicator {
  readonly core: { readonly discoveryKey: Buffer };
  _makePeer(mux: Protomux): boolean;
}

type OnMade = (peer: object, mux: Protomux) => void;

const listenersOf = new WeakMap<object, OnMade[]>();

/**
 * Calls with each peer that a core gets from now on, ahead of the peer's first message: what is done to it later would be
 * done too late.
 *
 * @param replicator of the core
 */
export function onPeerMade(replicator: object, onMade: OnMade): void {
  const known = listenersOf.get(replicator);
  if (known) known.push(onMade);
  else watch(replicator as Replicator, onMade);
}

function watch(replicator: Replicator, first: OnMade): void {
  const listeners = [first];
  listenersOf.set(replicator, listeners);
  const makePeer = replicator._makePeer;
  replicator._makePeer = (mux) => {
    const isMade = makePeer.call(replicator, mux);
    const peer = isMade && peerOn(mux, replicator.core.discoveryKey);
    if (peer) for (const each of listeners) each(peer, mux);
    return isMade;
  };
}

/** The peer that a stream is to a core, which may be half open; null when the core is not on it. */
export function peerOn(mux: Protomux, discoveryKey: Uint8Array): object | null {
  const channel = mux.getLastChannel({ protocol: HYPERCORE_PROTOCOL, id: discoveryKey });
  return (channel?.userData ?? null) as object | null;
}
