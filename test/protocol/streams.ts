import { duplexPair } from 'node:stream';
import type { Connection } from 'hyperdht';
import type { Encoding } from 'protomux';

/** Two ends that hand each other whole frames, as an encrypted stream does, without a network. */
export function pairOfStreams(): { near: Connection; far: Connection } {
  const [near, far] = duplexPair({ objectMode: true }).map((end) => {
    end.on('error', () => {});
    return Object.assign(end, { userData: null });
  });
  return { near: near as unknown as Connection, far: far as unknown as Connection };
}

/** Bytes as they are, for a peer that encodes by itself. */
export const frames: Encoding<Uint8Array> = {
  preencode(state, bytes) {
    state.end += bytes.byteLength;
  },
  encode(state, bytes) {
    state.buffer!.set(bytes, state.start);
    state.start += bytes.byteLength;
  },
  decode(state) {
    const bytes = state.buffer!.subarray(state.start, state.end);
    state.start = state.end;
    return bytes;
  },
};
