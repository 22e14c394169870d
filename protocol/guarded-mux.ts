import type { Connection } from 'hyperdht';
import Protomux from 'protomux';

/** As many channels as a peer may ever have open at once; Protomux counts without a bound. */
const MAX_CHANNELS = 16_384;
/** How many channels may be turned down to a peer that does not read it. */
const MAX_UNREAD_REJECTIONS = 4_096;
/** How much may wait for a peer that does not read and goes on asking; Protomux sends up to 8 MiB in one piece. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/** Private to Protomux and its streams, as of the pinned versions. */
interface Internals {
  readonly _remote: { readonly length: number };
  readonly stream: { readonly _writableState?: { readonly buffered: number } };
  _decode(channel: number, state: unknown): unknown;
  _onopensession(state: unknown): unknown;
  _rejectSession(info: unknown, id: number): void;
  _safeDestroy(error: Error): void;
  _safeDestroyBound(error: Error): void;
  _warn(error: Error): void;
}

const guarded = new WeakSet<Protomux>();

/**
 * The stream's Protomux, made safe against its peer. As it comes, it throws whatever looks like a programmer's error out
 * of the event loop, a stack that a peer's batch within batches has used up among them, and so lets a frame of 100 KB end
 * the process. Here a frame that cannot be taken ends the stream it came by, and nothing else; and what a peer can make it
 * keep has a bound.
 */
export function guardedMux(stream: Connection | Protomux): Protomux {
  const mux = Protomux.from(stream);
  if (guarded.has(mux)) return mux;
  guarded.add(mux);
  const inner = mux as unknown as Internals;
  const end = (error: Error) => mux.destroy(error);
  inner._safeDestroy = end;
  inner._safeDestroyBound = end;
  inner._warn = () => {};
  boundChannels(mux, inner);
  boundRejections(mux, inner);
  boundUnread(mux, inner);
  return mux;
}

function boundChannels(mux: Protomux, inner: Internals): void {
  const open = inner._onopensession.bind(mux);
  inner._onopensession = (state) => {
    if (inner._remote.length < MAX_CHANNELS) return open(state);
    mux.destroy(new Error('the peer has opened too many channels'));
    return null;
  };
}

function boundRejections(mux: Protomux, inner: Internals): void {
  const reject = inner._rejectSession.bind(mux);
  let unread = 0;
  inner._rejectSession = (info, id) => {
    reject(info, id);
    unread = mux.drained ? 0 : unread + 1;
    if (unread > MAX_UNREAD_REJECTIONS) mux.destroy(new Error('the peer does not read'));
  };
}

function boundUnread(mux: Protomux, inner: Internals): void {
  const decode = inner._decode.bind(mux);
  inner._decode = (channel, state) => {
    const unread = mux.drained ? 0 : (inner.stream._writableState?.buffered ?? 0);
    if (unread <= MAX_UNREAD_BYTES) return decode(channel, state);
    mux.destroy(new Error('the peer does not read'));
    return null;
  };
}
