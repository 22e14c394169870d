import type Protomux from 'protomux';
import type { Channel } from 'protomux';
import { guardCore } from '../protocol/guarded-core.ts';
import { HYPERCORE_PROTOCOL } from '../protocol/made-peers.ts';
import { barHistory, type FromBlock, liftBar, tellBlocks } from './history-bar.ts';
import type { StreamedCore } from './served-core.ts';

/**
 * Serves one ready core on a peer's stream, from a block on; the whole of it if none is named. Where it is served already,
 * the peer is told which blocks he may have by now.
 */
export function attach(core: StreamedCore, mux: Protomux, fromBlock?: FromBlock): void {
  if (mux.stream.destroyed) return;
  const isAttached = core.core.replicator.attached(mux);
  if (!fromBlock) liftBar(core, mux);
  else if (isAttached) tellBlocks(core, mux);
  else barHistory(core, mux, fromBlock);
  if (isAttached) return;
  guardCore(core);
  core.replicate(mux);
}

/** Whether the peer at the other end has the core open on this stream. */
export function isOpen(core: StreamedCore, mux: Protomux): boolean {
  return channelsOf(core, mux).some((channel) => channel.opened);
}

/**
 * Stops serving one core on a peer's stream, at once and for good, whatever state its channel is in.
 * Detaching makes the muxer refuse the channel if the peer reopens it. `replicator.peers` knows no half-open channel,
 * so every channel of the muxer is looked at; and an attachment finishes in a microtask, so it is looked at again.
 */
export function detach(core: StreamedCore, mux: Protomux): void {
  const { replicator } = core.core;
  replicator.detachFrom(mux);
  closeChannels(core, mux);
  mux.stream.opened.then(() => {
    if (!replicator.attached(mux)) closeChannels(core, mux);
  });
}

function closeChannels(core: StreamedCore, mux: Protomux): void {
  for (const channel of channelsOf(core, mux)) channel.close();
}

function channelsOf({ discoveryKey }: StreamedCore, mux: Protomux): Channel[] {
  return [...mux].filter(
    ({ protocol, id }) => protocol === HYPERCORE_PROTOCOL && id?.equals(discoveryKey),
  );
}
