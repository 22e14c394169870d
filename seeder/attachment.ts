import type Hypercore from 'hypercore';
import type Protomux from 'protomux';

const HYPERCORE_PROTOCOL = 'hypercore/alpha';

/** Serves one ready core on a peer's stream; nothing happens if it is served there already. */
export function attach(core: Hypercore, mux: Protomux): void {
  if (mux.stream.destroyed || core.core.replicator.attached(mux)) return;
  core.replicate(mux);
}

/**
 * Stops serving one core on a peer's stream, at once and for good, whatever state its channel is in.
 * Detaching makes the muxer refuse the channel if the peer reopens it. `replicator.peers` knows no half-open channel,
 * so every channel of the muxer is looked at; and an attachment finishes in a microtask, so it is looked at again.
 */
export function detach(core: Hypercore, mux: Protomux): void {
  const { replicator } = core.core;
  replicator.detachFrom(mux);
  closeChannels(core, mux);
  mux.stream.opened.then(() => {
    if (!replicator.attached(mux)) closeChannels(core, mux);
  });
}

function closeChannels(core: Hypercore, mux: Protomux): void {
  for (const channel of [...mux]) {
    if (channel.protocol !== HYPERCORE_PROTOCOL) continue;
    if (channel.id?.equals(core.discoveryKey)) channel.close();
  }
}
