import type { Connection } from 'hyperdht';
import Protomux from 'protomux';

/** As many channels as a peer may ever have open at once; Protomux counts without a bound. */
const MAX_CHANNELS = 16_384;
/** How many channels may be turned down to a peer that does not read it. */
const MAX_UNREAD_REJECTIONS = 4_096;

/** Private to Protomux, as of the pinned version. */
interface Internals {
  readonly _remote: { readonly length: number };
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
