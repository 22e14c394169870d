import type Protomux from 'protomux';
import { onPeerMade, peerOn } from '../protocol/made-peers.ts';
import type { StreamedCore } from './served-core.ts';

/** The first block that a peer may have, asked anew for each that is sent. */
export type FromBlock = () => number;

interface Request {
  block: { index: number } | null;
}

/** Hypercore's private parts that stand in between, as of the pinned version. */
interface Peer {
  wireData: { send(data: { request: number; block: { index: number } | null }): boolean };
  wireNoData: { send(answer: { request: number; reason: number }): boolean };
  wireRange: { send(range: Range): boolean };
  wireBitfield: { send(bitfield: Bitfield): boolean };
  _getProof(batch: unknown, request: Request, isPush: boolean): Promise<object | null>;
}

interface Range {
  drop: boolean;
  start: number;
  length: number;
}

interface Bitfield {
  start: number;
  bitfield: Uint32Array;
}

const NOT_AVAILABLE = 1;

const barsOf = new WeakMap<object, WeakMap<Protomux, FromBlock>>();

/**
 * Keeps the blocks before `fromBlock` from whoever is at the other end of a stream, from when the core is put on it next.
 * To him the core is one of which this side lacks them: he is not told that they are there, and told that they are not if he
 * asks. Hashes of the tree he gets as ever, for without them nobody could verify the rest.
 */
export function barHistory(core: StreamedCore, mux: Protomux, fromBlock: FromBlock): void {
  const { replicator } = core.core;
  const bars = barsOf.get(replicator) ?? watch(core);
  bars.set(mux, fromBlock);
}

/** Keeps nothing more from him. */
export function liftBar(core: StreamedCore, mux: Protomux): void {
  if (barsOf.get(core.core.replicator)?.delete(mux)) tellBlocks(core, mux);
}

/** Tells a peer on whose stream the core is which blocks he may have by now. */
export function tellBlocks(core: StreamedCore, mux: Protomux): void {
  const peer = peerOn(mux, core.discoveryKey) as Peer | null;
  const length = core.contiguousLength;
  if (peer && length > 0) peer.wireRange.send({ drop: false, start: 0, length });
}

function watch({ core: { replicator } }: StreamedCore): WeakMap<Protomux, FromBlock> {
  const bars = new WeakMap<Protomux, FromBlock>();
  onPeerMade(replicator, (peer, mux) => {
    if (bars.has(mux)) bar(peer as Peer, () => bars.get(mux)?.() ?? 0);
  });
  barsOf.set(replicator, bars);
  return bars;
}

function bar(peer: Peer, fromBlock: FromBlock): void {
  const { wireData, wireNoData, wireRange, wireBitfield } = peer;
  const getProof = peer._getProof;
  const [sendData, sendRange, sendBitfield] = [wireData.send, wireRange.send, wireBitfield.send];
  const isBarred = (block: { index: number } | null) => block !== null && block.index < fromBlock();

  // A request for what is barred is answered as one for a block that is missing, without reading it.
  peer._getProof = (batch, request, isPush) =>
    isBarred(request.block)
      ? Promise.resolve(missing(request))
      : getProof.call(peer, batch, request, isPush);
  // Every block leaves here: also one that was being read while the bar was raised.
  wireData.send = (data) =>
    isBarred(data.block)
      ? wireNoData.send({ request: data.request, reason: NOT_AVAILABLE })
      : sendData(data);
  wireRange.send = (range) => {
    const start = range.drop ? range.start : Math.max(range.start, fromBlock());
    const length = range.start + range.length - start;
    return length > 0 && sendRange({ ...range, start, length });
  };
  wireBitfield.send = (message) => sendBitfield(cleared(message, fromBlock()));
}

/** What Hypercore makes of a request for a block that is not there. */
function missing(msg: Request): object {
  return { msg, proof: null, block: null, manifest: null, fulfill: () => Promise.resolve(null) };
}

function cleared({ start, bitfield }: Bitfield, end: number): Bitfield {
  if (start >= end) return { start, bitfield };
  const copy = bitfield.slice();
  const bits = Math.min(end - start, copy.length * 32);
  copy.fill(0, 0, bits >>> 5);
  // The first block is the lowest bit of the first word.
  if (bits & 31) copy[bits >>> 5]! &= ~0 << (bits & 31);
  return { start, bitfield: copy };
}
